using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>One run of a silo: its members, its dispatch, and the loop that brings rows to the store. Its log is the disk's, and outlives it.</summary>
internal sealed class SimSilo : IDisposable
{
    private readonly SimCluster _cluster;
    private readonly FakeLog _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _flushing = Task.CompletedTask;
    private Task _replay = Task.CompletedTask;

    public SimSilo(SimCluster cluster, SiloId id, string origin, FakeLog log)
    {
        _cluster = cluster;
        _log = log;
        Id = id;
        Origin = origin;
        var peers = new SimPeers(cluster, this);
        Members = new MemberHost(new GrainLimits(cluster.Options, new Dictionary<string, int>()), cluster.Store, peers, id, cluster.Time);
        Dispatch = new OriginDispatch(origin, long.MinValue, log, peers, cluster.Options.LiveWindow, Timings, cluster.Time, NullLogger<OriginDispatch>.Instance);
    }

    /// <summary>Short, so that a test meets many of what it provokes.</summary>
    public static ClusterTimings Timings { get; } = new() { Call = TimeSpan.FromMilliseconds(300), Look = TimeSpan.FromMilliseconds(40), Retry = TimeSpan.FromMilliseconds(10) };

    public SiloId Id { get; }

    public string Origin { get; }

    public MemberHost Members { get; }

    /// <summary>The grains of the cluster, as this silo's pages and API see them.</summary>
    public ClusterGrainHost Grains => new(Dispatch, Members, new SimPeers(_cluster, this), _cluster.Time, () => Task.CompletedTask);

    public OriginDispatch Dispatch { get; }

    public OriginSet Origins { get; } = new();

    public bool IsUp { get; private set; } = true;

    /// <summary>All that the log had at the start is handed over: now it takes in.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Begins to work and hands over what the log has, as a process does when it starts.</summary>
    /// <param name="through">The last record that is handed over; the rest by <see cref="ReplayAsync"/>.</param>
    public void Start(ulong through)
    {
        Origins.Add(Dispatch);
        Dispatch.Start();
        _replay = ReplayAsync(through);
        _flushing = FlushAsync();
    }

    /// <summary>Hands over what the log has up to a record, ulong.MaxValue: all of it.</summary>
    public async Task ReplayAsync(ulong through)
    {
        await _replay;
        await foreach (LogRecord record in _log.ReadAsync(0, CancellationToken.None))
        {
            if (record.Sequence > through || !IsUp)
            {
                return;
            }
            _ = Dispatch.AppendAsync(record.Batch, record.Sequence);
            if (_cluster.Chance(2))
            {
                await Task.Delay(_cluster.Next(10));
            }
        }
        if (through == ulong.MaxValue)
        {
            Dispatch.EndReplay();
            IsReady = true;
        }
    }

    /// <summary>Logs a batch and hands it over. Acknowledged with the log: whether the grains have it is the dispatch's business.</summary>
    public async Task AppendAsync(params Observed[] samples)
    {
        var builder = Observed.Builder(samples);
        byte[] batch = new byte[builder.MaxEncodedLength()];
        ReadOnlyMemory<byte> bytes = batch.AsMemory(0, builder.WriteTo(batch));
        ulong sequence = await _log.AppendAsync(bytes, builder.NewestMs, CancellationToken.None);
        _ = Dispatch.AppendAsync(bytes, sequence);
    }

    /// <summary>Dies as of SIGKILL: what it was about to write may still arrive, nothing else does.</summary>
    public async Task KillAsync()
    {
        IsUp = false;
        await _stop.CancelAsync();
        await Dispatch.DisposeAsync();
    }

    /// <summary>Brings everything to the store, as a graceful stop does.</summary>
    public async Task FlushEverythingAsync()
    {
        await _stop.CancelAsync();
        await _flushing;
        await FlushOnceAsync(everything: false);
        await FlushOnceAsync(everything: true);
    }

    public void Dispose() => _stop.Dispose();

    private async Task FlushAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await FlushOnceAsync(everything: false);
            await Members.TickAsync(CancellationToken.None);
            await Task.Delay(30);
        }
    }

    private async Task FlushOnceAsync(bool everything)
    {
        IReadOnlyList<RollupFlush> flushes = await Members.TakeFlushesAsync(everything);
        if (flushes.Count > 0)
        {
            // On its way to the store while the silo may die and the metrics move.
            await Task.Delay(_cluster.Chance(20) ? 80 : 1);
            IReadOnlyList<string> superseded = await _cluster.Store.AppendAsync(flushes);
            await Members.ConfirmFlushesAsync([.. flushes.Select(f => f.Metric).Except(superseded)]);
        }
    }
}
