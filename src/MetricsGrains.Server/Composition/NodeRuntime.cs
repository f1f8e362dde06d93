using System.Net;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Telemetry;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>
/// Everything of a node but its web server, started in the order in which it depends on each other and stopped in the reverse:
/// store, log, grains (replayed from the log), pipeline, listeners, loops.
/// </summary>
public sealed partial class NodeRuntime : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopLoops = new();
    private readonly List<Task> _loops = [];
    private readonly IMetricStore _store;
    private readonly FileIngestLog _log;
    private readonly InProcessGrainHost _host;
    private readonly StoreBacklog _backlog;
    private readonly StatsDLane[] _udpLanes;
    private readonly StatsDLane[] _tcpLanes;
    private readonly ILogger<NodeRuntime> _logger;
    private readonly TimeProvider _time;
    private StatsDUdpListener? _udp;
    private StatsDTcpListener? _tcp;
    private MemoryUse _memory;
    private volatile bool _stopping;

    private NodeRuntime(NodeOptions options, IMetricStore store, FileIngestLog log, InProcessGrainHost host, string origin, IReadOnlyList<FlushCursor> cursors, TimeProvider time, ILoggerFactory loggers)
    {
        Options = options;
        _store = store;
        _log = log;
        _host = host;
        _time = time;
        _logger = loggers.CreateLogger<NodeRuntime>();
        Meters = new IngestMeters();
        _backlog = new StoreBacklog(options.PendingBytes);
        Pipeline = new IngestPipeline(log, host, origin, options.QueueBytes, Meters, _backlog);
        Idempotency = new IdempotencyCache(time);
        Annotations = new AnnotationLog(store, Meters, time, loggers.CreateLogger<AnnotationLog>());
        Queries = new MetricQueries(host, store, store, time);
        var raw = new RawArchiver(log, () => Pipeline.DispatchedThrough, host, store, store, origin, options.Grains, cursors.FirstOrDefault(c => c.Stream == FlushStream.Raw && c.Origin == origin), time, options.Flush, options.RawDetail);
        Flush = new FlushLoop(host, store, raw, log, Meters, new FlushSettings(origin, options.Retention, options.Grains.Defaults.LiveWindow, options.Log.MaxBytes / 2) { Every = options.Flush }, time, loggers.CreateLogger<FlushLoop>());
        Self = new SelfMetrics(Pipeline, Meters, options.NodeName, time);
        var limits = new IngestLimits((long)options.Grains.Defaults.MaxAge.TotalMilliseconds, (long)options.Grains.Defaults.MaxAhead.TotalMilliseconds);
        Points = new PointsIntake(Pipeline, Meters, Idempotency, limits, time);
        var rules = new StatsDRules(options.StatsD.SignedGauges == SignedGauges.Relative ? new RelativeGauges() : null, limits.MaxAgeMs, limits.MaxAheadMs);
        // Not shared: a datagram's lane drops its batch when there is no room, and what came over TCP must not go with it.
        _udpLanes = [.. Enumerable.Range(0, options.StatsD.UdpReceivers).Select(_ => new StatsDLane(Pipeline, Meters, rules, Annotations, time))];
        _tcpLanes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new StatsDLane(Pipeline, Meters, rules, Annotations, time))];
        StartedAt = time.GetUtcNow();
        Observe();
    }

    public NodeOptions Options { get; }

    public IGrains Grains => _host;

    public IMetricStore Store => _store;

    public IngestPipeline Pipeline { get; }

    public IngestMeters Meters { get; }

    public IdempotencyCache Idempotency { get; }

    public MetricQueries Queries { get; }

    public FlushLoop Flush { get; }

    public SelfMetrics Self { get; }

    public PointsIntake Points { get; }

    public AnnotationLog Annotations { get; }

    public DateTimeOffset StartedAt { get; }

    public LogStatus LogStatus => _log.Status;

    /// <summary>-1 when the listener is off.</summary>
    public int UdpPort => _udp?.Port ?? -1;

    /// <summary>-1 when the listener is off.</summary>
    public int TcpPort => _tcp?.Port ?? -1;

    /// <summary>Whether the node takes samples in: not stopping, and the log takes writes.</summary>
    public bool IsStopping => _stopping;

    /// <exception cref="StoreConfigurationException">The store can't be used as configured.</exception>
    /// <exception cref="StoreUnavailableException">The store does not answer. Without its cursors nothing can be replayed, so there is no start.</exception>
    /// <exception cref="IOException">The data folder or log can't be used; or a port is taken.</exception>
    public static async Task<NodeRuntime> StartAsync(NodeOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.DataPath);
        ILogger<NodeRuntime> logger = loggers.CreateLogger<NodeRuntime>();
        FileIngestLog log = await FileIngestLog.OpenAsync(options.Log, time, new LogEventLogger(logger).Handle, cancel);
        IMetricStore store = StoreFactory.Create(options, time);
        InProcessGrainHost? host = null;
        try
        {
            await store.OpenAsync(cancel);
            IReadOnlyList<FlushCursor> cursors = await store.ReadCursorsAsync(cancel);
            string origin = NodeIdentity.OriginOf(options.DataPath, log.LogId, cursors);
            new LogReconciliation(log, logger).Reconcile(origin, cursors);
            long completeFrom = log.Release(0, long.MinValue);
            // Records are missing that were never released: somebody deleted segments. What they held is in the store alone, so no cursor may vouch for the log.
            bool isCut = completeFrom == long.MinValue && log.Status.FirstSequence > 1;
            host = new InProcessGrainHost(options.Shards, options.Grains, cursors, completeFrom, isCut ? "" : origin, time);
            var runtime = new NodeRuntime(options, store, log, host, origin, cursors, time, loggers);
            await runtime.ReplayAsync(origin, cancel);
            runtime.StartListening();
            return runtime;
        }
        catch
        {
            await (host?.DisposeAsync() ?? ValueTask.CompletedTask);
            await store.DisposeAsync();
            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on the node says it is not ready; it still takes what comes.</summary>
    public void AnnounceStop() => _stopping = true;

    /// <summary>Stops taking samples in, finishes what is under way, and writes everything to the store.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
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
        await Annotations.DrainAsync(CancellationToken.None);
        await Pipeline.StopAsync();
        await Flush.FlushEverythingAsync(CancellationToken.None);
        await _host.DisposeAsync();
        await _log.DisposeAsync();
        await _store.DisposeAsync();
        Self.Dispose();
        Meters.Dispose();
        _stopLoops.Dispose();
    }

    private void Observe()
    {
        Meters.Observe("metricsgrains.queue.bytes", "By", "Batches under way, from the listener to the grains", () => Pipeline.QueuedBytes);
        Meters.Observe("metricsgrains.log.position", "{record}", "Number of the newest record in the write-ahead log", () => _log.Status.NextSequence - 1);
        Meters.Observe("metricsgrains.log.lag", "{record}", "Records on disk that the grains do not have yet", () => Math.Max(0, (double)_log.Status.DurableThrough - Pipeline.DispatchedThrough));
        Meters.Observe("metricsgrains.log.bytes", "By", "Size of the write-ahead log", () => _log.Status.Bytes);
        Meters.Observe("metricsgrains.log.corrupt", "{record}", "Records of the log that could not be read", () => _log.Status.CorruptRecords);
        Meters.Observe("metricsgrains.pending.bytes", "By", "Memory taken by rows that wait for the store", () => _backlog.Bytes);
        Meters.Observe("metricsgrains.idempotency.keys", "{key}", "Idempotency keys whose answers are remembered", () => Idempotency.Count);
        Meters.Observe("metricsgrains.idempotency.forgotten", "{key}", "Idempotency keys forgotten before their time because there were too many", () => Idempotency.ForgottenEarly);
        Meters.Observe("metricsgrains.metrics.active", "{metric}", "Metrics in memory", () => _memory.Metrics);
        Meters.Observe("metricsgrains.series.active", "{series}", "Series in memory", () => _memory.Series);
        Meters.Observe("metricsgrains.series.bytes", "By", "Memory the series' windows take", () => _memory.Bytes);
        Meters.Observe("metricsgrains.series.bytes_per_series", "By", "Memory a series takes on average", () => _memory.Series == 0 ? 0 : (double)_memory.Bytes / _memory.Series);
        Meters.Observe("metricsgrains.process.cpu", "{cpu}", "Processor cores this process keeps busy", new CpuUse(_time).Read);
    }

    private async Task ReplayAsync(string origin, CancellationToken cancel)
    {
        long started = _time.GetTimestamp();
        var replay = new LogReplay(_log, _host, Idempotency, _time);
        await replay.RunAsync(origin, cancel);
        if (replay.Records > 0)
        {
            LogReplayed(_logger, replay.Records, replay.Samples, _time.GetElapsedTime(started).TotalSeconds);
        }
    }

    private void StartListening()
    {
        IPAddress address = Options.Address == "*" ? (System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any) : IPAddress.Parse(Options.Address);
        if (Options.StatsD.UdpPort >= 0)
        {
            _udp = Listen("StatsD:UdpPort", Options.StatsD.UdpPort, () => StatsDUdpListener.Start(address, Options.StatsD.UdpPort, Options.StatsD.UdpBufferBytes, _udpLanes, Meters));
        }
        if (Options.StatsD.TcpPort >= 0)
        {
            _tcp = Listen("StatsD:TcpPort", Options.StatsD.TcpPort, () => StatsDTcpListener.Start(address, Options.StatsD.TcpPort, _tcpLanes, Pipeline, Options.StatsD.TcpMaxConnections));
        }
        _loops.Add(Flush.RunAsync(_stopLoops.Token));
        _loops.Add(Self.RunAsync(_stopLoops.Token));
        _loops.Add(RunLanesAsync(_stopLoops.Token));
        _loops.Add(Annotations.RunAsync(_stopLoops.Token));
        _loops.Add(RunHousekeepingAsync(_stopLoops.Token));
        if (Options.Demo)
        {
            _loops.Add(new DemoShop(Pipeline, Meters, _time).RunAsync(_stopLoops.Token));
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
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), _time);
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
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
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
