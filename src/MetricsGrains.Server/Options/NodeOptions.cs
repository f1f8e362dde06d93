using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Server.Options;

/// <summary>How a signed gauge value ("+5|g", "-5|g") is meant.</summary>
public enum SignedGauges
{
    /// <summary>A value like any other, as DogStatsD clients mean it: -5 is minus five.</summary>
    Absolute,

    /// <summary>A change of the gauge, as etsy's StatsD has it.</summary>
    Relative,
}

/// <summary>Where StatsD is listened for. Port 0 asks for a free one, -1 turns the listener off.</summary>
public sealed record StatsDOptions(int UdpPort, int TcpPort, int UdpReceivers, int UdpBufferBytes, int TcpMaxConnections, SignedGauges SignedGauges);

/// <summary>Dashboard and API.</summary>
public sealed record HttpOptions(int Port, int MaxBodyBytes);

/// <summary>How often what was taken in goes to the store. Shorter: fresher for those who read the store itself, and more writes.</summary>
public sealed record FlushOptions
{
    /// <summary>Closed minutes, and samples that came after their minute was written.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RawInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Hours and days whose minutes changed. Queries see them, derived or not.</summary>
    public TimeSpan DeriveInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Reserved for OTLP, which this version does not listen for.</summary>
public sealed record OtlpOptions(int GrpcPort, int HttpPort);

/// <summary>All of a node's settings, checked.</summary>
public sealed record NodeOptions
{
    public const string Section = "MetricsGrains";

    public required string NodeName { get; init; }

    public required string DataPath { get; init; }

    /// <summary>IP address all listeners bind to; "*" is every one.</summary>
    public required string Address { get; init; }

    public required HttpOptions Http { get; init; }

    public required StatsDOptions StatsD { get; init; }

    public required OtlpOptions Otlp { get; init; }

    /// <summary>Empty: SQLite under <see cref="DataPath"/>.</summary>
    public required string StoreConnectionString { get; init; }

    /// <summary>Takes nothing in and writes nothing: shows what other nodes write to the store.</summary>
    public required bool ReadOnly { get; init; }

    public required Durability Durability { get; init; }

    public required IngestLogOptions Log { get; init; }

    public required FlushOptions Flush { get; init; }

    public required GrainLimits Grains { get; init; }

    public required Retention Retention { get; init; }

    public required RawDetail RawDetail { get; init; }

    /// <summary>Batches under way, in bytes.</summary>
    public required long QueueBytes { get; init; }

    /// <summary>Rows that wait for the store, in bytes of memory.</summary>
    public required long PendingBytes { get; init; }

    public required int Shards { get; init; }

    public required bool Demo { get; init; }

    public required AlertingOptions Alerting { get; init; }

    /// <summary>Null on a node that is no silo.</summary>
    public required ClusterOptions? Cluster { get; init; }

    public string StorePath => Path.Combine(DataPath, "metrics.db");

    public string AlertStorePath => Path.Combine(DataPath, "alerts.db");

    /// <summary>Reads and checks the settings of a node that is no silo.</summary>
    /// <param name="mistakes">Empty when all is well; each names its key.</param>
    public static NodeOptions Read(IConfiguration configuration, out IReadOnlyList<string> mistakes) => Read(configuration, false, out mistakes);

    /// <summary>Reads and checks everything.</summary>
    /// <param name="isSilo">Whether the settings of a cluster are known.</param>
    /// <param name="mistakes">Empty when all is well; each names its key.</param>
    public static NodeOptions Read(IConfiguration configuration, bool isSilo, out IReadOnlyList<string> mistakes)
    {
        var reader = new OptionReader(configuration, Section);
        Retention retention = ReadRetention(reader);
        string dataPath = Path.GetFullPath(reader.Text("DataPath", DefaultDataPath()));
        string address = ReadAddress(reader);
        Durability durability = reader.OneOf("Durability", Durability.Fsync);
        var options = new NodeOptions
        {
            NodeName = reader.Text("NodeName", Environment.MachineName),
            DataPath = dataPath,
            Address = address,
            Http = new HttpOptions(Port(reader, "Http:Port", 8080, 0), reader.Int("Http:MaxBodyBytes", 16 << 20, 1024, 48 << 20)),
            StatsD = ReadStatsD(reader),
            Otlp = new OtlpOptions(Port(reader, "Otlp:GrpcPort", 4317, -1), Port(reader, "Otlp:HttpPort", 4318, -1)),
            StoreConnectionString = reader.Text("Store:ConnectionString", ""),
            ReadOnly = reader.Flag("Store:ReadOnly", false),
            Durability = durability,
            Log = ReadLog(reader, durability, dataPath),
            Flush = ReadFlush(reader),
            Grains = ReadGrains(reader, retention),
            Retention = retention,
            RawDetail = RawDetail.Read(reader, retention.Raw),
            QueueBytes = reader.Long("Limits:QueueBytes", 64 << 20, 1 << 20, 16L << 30),
            PendingBytes = reader.Long("Limits:PendingBytes", DefaultPendingBytes(), 1 << 20, 1L << 50),
            Shards = reader.Int("Shards", Environment.ProcessorCount, 1, 1024),
            Demo = reader.Flag("Demo", false),
            Alerting = ReadAlerting(reader),
            Cluster = isSilo ? ClusterOptions.Read(reader) : null,
        };
        // Said here, with its key, rather than by the log when it is opened.
        if (options.Log.MaxBytes < options.Log.SegmentBytes)
        {
            reader.Mistakes.Add($"{Section}:Log:MaxBytes: {options.Log.MaxBytes} must be at least {Section}:Log:SegmentBytes, {options.Log.SegmentBytes}");
        }
        if (durability == Durability.Replicated && (!isSilo || options.StoreConnectionString.Length == 0))
        {
            reader.Refuse("Durability", $"Replicated needs a second silo: run MetricsGrains.Silo with a {Section}:Store:ConnectionString, or choose Fsync");
        }
        if (durability == Durability.Replicated && options.Cluster?.EventHubs is not null)
        {
            reader.Refuse("Durability", "Replicated is for silos' own logs; with Event Hubs as the log its namespace keeps the copies: choose Fsync");
        }
        if (options is { ReadOnly: true, Demo: true })
        {
            reader.Refuse("Demo", $"a node whose {Section}:Store:ReadOnly is set takes nothing in, a demonstration's points neither");
        }
        reader.CheckForUnknown();
        mistakes = reader.Mistakes;
        return options;
    }

    private static int Port(OptionReader reader, string key, int byDefault, int min) => reader.Int(key, byDefault, min, 65_535);

    private static string ReadAddress(OptionReader reader)
    {
        string address = reader.Text("Address", "*");
        if (address != "*" && !System.Net.IPAddress.TryParse(address, out _))
        {
            reader.Mistakes.Add($"{Section}:Address: '{address}' must be an IP address of this machine, or * for all");
        }
        return address;
    }

    private static StatsDOptions ReadStatsD(OptionReader reader) => new(
        Port(reader, "StatsD:UdpPort", 8125, -1),
        Port(reader, "StatsD:TcpPort", 8125, -1),
        reader.Int("StatsD:UdpReceivers", Math.Min(4, Environment.ProcessorCount), 1, 64),
        reader.Int("StatsD:UdpBufferBytes", 16 << 20, 64 << 10, 1 << 30),
        reader.Int("StatsD:TcpMaxConnections", 1024, 1, 100_000),
        reader.OneOf("StatsD:SignedGauges", SignedGauges.Absolute));

    private static IngestLogOptions ReadLog(OptionReader reader, Durability durability, string dataPath) => new()
    {
        Directory = Path.Combine(dataPath, "log"),
        Durability = durability == Durability.Interval ? LogDurability.Interval : LogDurability.Fsync,
        SyncInterval = reader.Duration("Log:SyncInterval", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
        SegmentBytes = reader.Long("Log:SegmentBytes", 64 << 20, 1 << 20, IngestLogOptions.MaxSegmentBytes),
        MaxBytes = reader.Long("Log:MaxBytes", 8L << 30, 16 << 20, long.MaxValue),
        OnCorruption = reader.OneOf("Log:OnCorruption", CorruptionPolicy.Skip),
    };

    private static AlertingOptions ReadAlerting(OptionReader reader)
    {
        var byDefault = new AlertingOptions();
        TimeSpan second = TimeSpan.FromSeconds(1);
        return new AlertingOptions
        {
            EvaluationInterval = reader.Duration("Alerting:EvaluationInterval", byDefault.EvaluationInterval, second, TimeSpan.FromHours(1)),
            PublicUrl = ReadUrl(reader, "Alerting:PublicUrl").TrimEnd('/'),
            AllowPrivateWebhooks = reader.Flag("Alerting:AllowPrivateWebhooks", byDefault.AllowPrivateWebhooks),
            HeartbeatUrl = ReadUrl(reader, "Alerting:Heartbeat:Url"),
            HeartbeatInterval = reader.Duration("Alerting:Heartbeat:Interval", byDefault.HeartbeatInterval, second, TimeSpan.FromDays(1)),
            HistoryRetention = reader.Duration("Alerting:HistoryRetention", byDefault.HistoryRetention, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500)),
        };
    }

    /// <summary>The mistake does not repeat the value: a heartbeat's address is as good as a password.</summary>
    private static string ReadUrl(OptionReader reader, string key)
    {
        string text = reader.Text(key, "");
        if (text.Length > 0 && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is ("http" or "https")))
        {
            reader.Mistakes.Add($"{Section}:{key}: must be an address that begins with http:// or https://, or empty");
        }
        return text;
    }

    private static FlushOptions ReadFlush(OptionReader reader)
    {
        var byDefault = new FlushOptions();
        TimeSpan least = TimeSpan.FromMilliseconds(100);
        return new FlushOptions
        {
            Interval = reader.Duration("Flush:Interval", byDefault.Interval, least, TimeSpan.FromMinutes(1)),
            RawInterval = reader.Duration("Flush:RawInterval", byDefault.RawInterval, least, TimeSpan.FromHours(1)),
            DeriveInterval = reader.Duration("Flush:DeriveInterval", byDefault.DeriveInterval, least, TimeSpan.FromHours(1)),
        };
    }

    private static GrainLimits ReadGrains(OptionReader reader, Retention retention)
    {
        var defaults = new MetricGrainOptions
        {
            MaxSeries = reader.Int("Cardinality:MaxSeriesPerMetric", 10_000, 1, 10_000_000),
            Policy = reader.OneOf("Cardinality:Policy", CardinalityPolicy.Refuse),
            MaxAge = retention.Raw,
        };
        return new GrainLimits(defaults, reader.Numbers("Cardinality:Metrics", 1, 10_000_000));
    }

    private static Retention ReadRetention(OptionReader reader)
    {
        TimeSpan hour = TimeSpan.FromHours(1), century = TimeSpan.FromDays(36_500);
        return new Retention(
            reader.Duration("Retention:Raw", TimeSpan.FromDays(7), hour, century),
            reader.Duration("Retention:OneMinute", TimeSpan.FromDays(30), hour, century),
            reader.Duration("Retention:OneHour", TimeSpan.FromDays(365), hour, century),
            reader.Duration("Retention:OneDay", TimeSpan.FromDays(5 * 365), hour, century))
        {
            Annotations = reader.Duration("Retention:Annotations", TimeSpan.FromDays(90), hour, century),
        };
    }

    /// <summary>A quarter of the memory that this process may use.</summary>
    private static long DefaultPendingBytes() => Math.Max(256 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>The user's own place for data; "data" beside the program's working folder where there is none.</summary>
    private static string DefaultDataPath()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return home.Length > 0 ? Path.Combine(home, "metricsgrains") : "data";
    }
}
