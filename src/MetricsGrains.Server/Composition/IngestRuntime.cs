using System.Net;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>
/// All by which a node takes samples in and brings them to the store, started in the order in which it depends on each other and stopped in the
/// reverse: log, store, grains (replayed from the log), pipeline, listeners, loops.
/// </summary>
public sealed partial class IngestRuntime : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopLoops = new();
    private readonly List<Task> _loops = [];
    private readonly NodeParts _parts;
    private readonly FileIngestLog _log;
    private readonly IGrainHost _host;
    private readonly StoreBacklog _backlog;
    private readonly StatsDLane[] _udpLanes;
    private readonly StatsDLane[] _tcpLanes;
    private readonly ILogger<IngestRuntime> _logger;
    private StatsDUdpListener? _udp;
    private StatsDTcpListener? _tcp;
    private MemoryUse _memory;

    private IngestRuntime(NodeParts parts, FileIngestLog log, IGrainHost host, string origin, IReadOnlyList<FlushCursor> cursors)
    {
        _parts = parts;
        _log = log;
        _host = host;
        _logger = parts.Loggers.CreateLogger<IngestRuntime>();
        (NodeOptions options, IMetricStore store, TimeProvider time) = (parts.Options, parts.Store, parts.Time);
        _backlog = new StoreBacklog(options.PendingBytes);
        Pipeline = new IngestPipeline(host.Intake ?? log, host, host.Intake is null ? origin : "", options.QueueBytes, parts.Meters, time, _backlog, host.Copies);
        Idempotency = new IdempotencyCache(time);
        var raw = new RawArchiver(log, () => AppliedThrough, host, store, store, origin, options.Grains, cursors.FirstOrDefault(c => c.Stream == FlushStream.Raw && c.Origin == origin), time, options.Flush, options.RawDetail);
        Flush = new FlushLoop(host, store, raw, log, parts.Meters, new FlushSettings(origin, options.Retention, options.Grains.Defaults.LiveWindow, options.Log.MaxBytes / 2) { Every = options.Flush }, time, parts.Loggers.CreateLogger<FlushLoop>(), host.Copies);
        var limits = new IngestLimits((long)options.Grains.Defaults.MaxAge.TotalMilliseconds, (long)options.Grains.Defaults.MaxAhead.TotalMilliseconds);
        Points = new PointsIntake(Pipeline, parts.Meters, Idempotency, limits, time);
        var rules = new StatsDRules(options.StatsD.SignedGauges == SignedGauges.Relative ? new RelativeGauges() : null, limits.MaxAgeMs, limits.MaxAheadMs);
        // Not shared: a datagram's lane drops its batch when there is no room, and what came over TCP must not go with it.
        _udpLanes = [.. Enumerable.Range(0, options.StatsD.UdpReceivers).Select(_ => new StatsDLane(Pipeline, parts.Meters, rules, parts.Annotations, time))];
        _tcpLanes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new StatsDLane(Pipeline, parts.Meters, rules, parts.Annotations, time))];
        Observe(parts.Meters);
    }

    public IGrains Grains => _host;

    /// <summary>Null where this process is alone.</summary>
    public IClusterView? Cluster => _host.Cluster;

    /// <summary>Null: there are none, or nobody may see them.</summary>
    public IHostPages? Pages => _host.Pages;

    public IngestPipeline Pipeline { get; }

    public IdempotencyCache Idempotency { get; }

    public FlushLoop Flush { get; }

    public PointsIntake Points { get; }

    public LogStatus LogStatus => _log.Status;

    /// <summary>Records up to here are with their grains, in this process or elsewhere.</summary>
    public ulong AppliedThrough => _host.AppliedThrough(_host.Intake is null ? Pipeline.DispatchedThrough : _log.Status.NextSequence - 1);

    /// <summary>-1 when the listener is off.</summary>
    public int UdpPort => _udp?.Port ?? -1;

    /// <summary>-1 when the listener is off.</summary>
    public int TcpPort => _tcp?.Port ?? -1;

    /// <summary>Opens the log and the store, and listens when all that the log holds is with the grains. Errors as <see cref="NodeRuntime.StartAsync"/>.</summary>
    internal static async Task<IngestRuntime> StartAsync(NodeParts parts, CancellationToken cancel)
    {
        NodeOptions options = parts.Options;
        Directory.CreateDirectory(options.DataPath);
        FileIngestLog log = await FileIngestLog.OpenAsync(options.Log, parts.Time, new LogEventLogger(parts.Loggers.CreateLogger<IngestRuntime>()).Handle, cancel);
        IGrainHost? host = null;
        try
        {
            await parts.Store.OpenAsync(cancel);
            IReadOnlyList<FlushCursor> cursors = await parts.Store.ReadCursorsAsync(cancel);
            string origin = NodeIdentity.OriginOf(options.DataPath, log.LogId, cursors);
            new LogReconciliation(log, parts.Loggers.CreateLogger<IngestRuntime>()).Reconcile(origin, cursors);
            long completeFrom = log.Release(0, long.MinValue);
            bool isCut = completeFrom == long.MinValue && log.Status.FirstSequence > 1;
            host = await parts.Hosting.StartAsync(new GrainHostStart(options, log, origin, cursors, completeFrom, isCut, parts.Store, parts.Time, parts.Loggers, parts.Meters), cancel);
            var runtime = new IngestRuntime(parts, log, host, origin, cursors);
            await runtime.ReplayAsync(origin, cancel);
            runtime.StartListening();
            return runtime;
        }
        catch
        {
            await (host?.DisposeAsync() ?? ValueTask.CompletedTask);
            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops taking samples in, finishes what is under way, and writes everything to the store, which must be open till then.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_udp is not null)
        {
            await _udp.DisposeAsync();
        }
        if (_tcp is not null)
        {
            await _tcp.DisposeAsync();
        }
        await FlushLanesAsync();
        await _stopLoops.CancelAsync();
        await Task.WhenAll(_loops);
        await _parts.Annotations.DrainAsync(CancellationToken.None);
        await Pipeline.StopAsync();
        await Flush.FlushEverythingAsync(CancellationToken.None);
        await _host.DisposeAsync();
        await _log.DisposeAsync();
        _stopLoops.Dispose();
    }

    private void Observe(IngestMeters meters)
    {
        meters.Observe("metricsgrains.queue.bytes", "By", "Batches under way, from the listener to the grains", () => Pipeline.QueuedBytes);
        meters.Observe("metricsgrains.log.position", "{record}", "Number of the newest record in the write-ahead log", () => _log.Status.NextSequence - 1);
        meters.Observe("metricsgrains.log.lag", "{record}", "Records on disk that the grains do not have yet", () => Math.Max(0, (double)_log.Status.DurableThrough - AppliedThrough));
        meters.Observe("metricsgrains.log.bytes", "By", "Size of the write-ahead log", () => _log.Status.Bytes);
        meters.Observe("metricsgrains.log.corrupt", "{record}", "Records of the log that could not be read", () => _log.Status.CorruptRecords);
        if (_host.Copies is { } copies)
        {
            meters.Observe("metricsgrains.log.uncopied", "{record}", "Records on disk that are on no other silo's disk yet", () => Math.Max(0, (double)_log.Status.DurableThrough - copies.CopiedThrough));
        }
        meters.Observe("metricsgrains.pending.bytes", "By", "Memory taken by rows that wait for the store", () => _backlog.Bytes);
        meters.Observe("metricsgrains.idempotency.keys", "{key}", "Idempotency keys whose answers are remembered", () => Idempotency.Count);
        meters.Observe("metricsgrains.idempotency.forgotten", "{key}", "Idempotency keys forgotten before their time because there were too many", () => Idempotency.ForgottenEarly);
        meters.Observe("metricsgrains.metrics.active", "{metric}", "Metrics in memory", () => _memory.Metrics);
        meters.Observe("metricsgrains.series.active", "{series}", "Series in memory", () => _memory.Series);
        meters.Observe("metricsgrains.series.bytes", "By", "Memory the series' windows take", () => _memory.Bytes);
        meters.Observe("metricsgrains.series.bytes_per_series", "By", "Memory a series takes on average", () => _memory.Series == 0 ? 0 : (double)_memory.Bytes / _memory.Series);
    }

    private async Task ReplayAsync(string origin, CancellationToken cancel)
    {
        long started = _parts.Time.GetTimestamp();
        var replay = new LogReplay(_log, _host, Idempotency, _parts.Time);
        await replay.RunAsync(origin, cancel);
        if (replay.Records > 0)
        {
            LogReplayed(_logger, replay.Records, replay.Samples, _parts.Time.GetElapsedTime(started).TotalSeconds);
        }
    }

    private void StartListening()
    {
        NodeOptions options = _parts.Options;
        IPAddress address = options.Address == "*" ? (System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any) : IPAddress.Parse(options.Address);
        if (options.StatsD.UdpPort >= 0)
        {
            _udp = Listen("StatsD:UdpPort", options.StatsD.UdpPort, () => StatsDUdpListener.Start(address, options.StatsD.UdpPort, options.StatsD.UdpBufferBytes, _udpLanes, _parts.Meters));
        }
        if (options.StatsD.TcpPort >= 0)
        {
            _tcp = Listen("StatsD:TcpPort", options.StatsD.TcpPort, () => StatsDTcpListener.Start(address, options.StatsD.TcpPort, _tcpLanes, Pipeline, options.StatsD.TcpMaxConnections));
        }
        _loops.Add(Flush.RunAsync(_stopLoops.Token));
        _loops.Add(_parts.Self.RunAsync(Pipeline, _stopLoops.Token));
        _loops.Add(RunLanesAsync(_stopLoops.Token));
        _loops.Add(_parts.Annotations.RunAsync(_stopLoops.Token));
        _loops.Add(RunHousekeepingAsync(_stopLoops.Token));
        if (options.Demo)
        {
            _loops.Add(new DemoShop(Pipeline, _parts.Meters, _parts.Time).RunAsync(_stopLoops.Token));
        }
    }

    private IEnumerable<StatsDLane> AllLanes => _udpLanes.Concat(_tcpLanes);

    private static T Listen<T>(string key, int port, Func<T> start)
    {
        try
        {
            return start();
        }
        catch (System.Net.Sockets.SocketException error)
        {
            throw new IOException($"can't listen on port {port}: {error.Message.TrimEnd('.')}. Another program may have it; set {NodeOptions.Section}:{key} to another port, or to 0 for any free one.", error);
        }
    }

    /// <summary>Hands on what the lanes gathered, ten times a second, however little.</summary>
    private async Task RunLanesAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), _parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                foreach (StatsDLane lane in AllLanes)
                {
                    lane.TryFlush(evenIfSmall: true);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task RunHousekeepingAsync(CancellationToken stop)
    {
        // Not the flush loop's: it may be waiting for a store that hangs, which is when this matters.
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _parts.Time);
        int second = 0;
        try
        {
            do
            {
                _backlog.Measured(await _host.PendingBytesAsync(stop));
                if (second++ % 5 == 0)
                {
                    _memory = await _host.MeasureAsync(stop);
                    _udp?.CountKernelDrops();
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task FlushLanesAsync()
    {
        foreach (StatsDLane lane in AllLanes)
        {
            while (!lane.TryFlush(evenIfSmall: true))
            {
                await Pipeline.WaitForRoomAsync(CancellationToken.None);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replayed {Records} records of the log, {Samples} samples, in {Seconds:0.0} s")]
    private static partial void LogReplayed(ILogger logger, long records, long samples, double seconds);
}
