using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// Brings the records of this node's log to the grains of their metrics, wherever in the cluster they live. What a grain can't be given now stays in the
/// log, and is sent out of it once the grain is found: so a silo that dies, hangs or leaves holds up nobody, and nothing that is in the log is lost or
/// counted twice.
/// </summary>
public sealed partial class OriginDispatch : IAsyncDisposable
{
    private readonly string _origin;
    private readonly long _completeFromMs;
    private readonly IClusterPeers _peers;
    private readonly ClusterTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger<OriginDispatch> _logger;
    private readonly LinkLedger _ledger;
    private readonly Dictionary<SiloId, PeerOutbox> _outboxes = [];
    private readonly Queue<(ulong Sequence, Task Done)> _open = [];
    private readonly List<DispatchItem> _held = [];
    private readonly SemaphoreSlim _behind = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CatchUp _catchUp;
    private readonly HoldingsWatch _watch;
    private ulong _handed;
    private bool _isReplaying;
    private Task _loops = Task.CompletedTask;

    /// <param name="origin">The log's name, as cursors know it.</param>
    /// <param name="completeFromMs">From this event time on the log is complete, Unix ms; long.MinValue when nothing was ever deleted of it.</param>
    /// <param name="liveWindow">A metric that got nothing for this long is forgotten here, as it is by its grain.</param>
    /// <param name="isShared">Another process may dispatch the same log, and be further: a grain has everything only when the log was read to its end for it. There is no replay then.</param>
    public OriginDispatch(
        string origin, long completeFromMs, IRecordLog log, IClusterPeers peers, TimeSpan liveWindow, ClusterTimings timings, TimeProvider time, ILogger<OriginDispatch> logger, bool isShared = false)
    {
        _origin = origin;
        _completeFromMs = completeFromMs;
        _peers = peers;
        _timings = timings;
        _time = time;
        _logger = logger;
        _isReplaying = !isShared;
        _ledger = new LinkLedger(SignalBehind);
        _catchUp = new CatchUp(this, _ledger, origin, completeFromMs, log, peers, timings, isShared);
        _watch = new HoldingsWatch(_ledger, origin, peers, liveWindow, timings, time);
    }

    /// <summary>The log's name, as cursors know it.</summary>
    public string Origin => _origin;

    /// <summary>All records up to here are with their grains, in the store, or in both.</summary>
    public ulong AppliedThrough
    {
        get
        {
            lock (_ledger.Gate)
            {
                DropDone();
                ulong through = _open.TryPeek(out (ulong Sequence, Task Done) first) ? first.Sequence - 1 : _handed;
                return _ledger.Links.All.Where(l => l.State != LinkState.InStep).Aggregate(through, (least, link) => Math.Min(least, link.Missing - 1));
            }
        }
    }

    /// <summary>Metrics whose grain lacks something that the log has.</summary>
    public int Behind
    {
        get
        {
            lock (_ledger.Gate)
            {
                return _ledger.Links.All.Count(l => l.State != LinkState.InStep);
            }
        }
    }

    public OriginLag Lag
    {
        get
        {
            lock (_ledger.Gate)
            {
                return new OriginLag(_origin, _handed, AppliedThrough, Behind);
            }
        }
    }

    /// <summary>Begins to bring grains up to date, and to look after those that moved or died.</summary>
    public void Start() => _loops = Task.WhenAll(Task.Run(CatchUpAsync), Task.Run(() => _watch.RunAsync(_stop.Token)));

    /// <summary>Takes the next record of the log. To be called in the order of their sequences.</summary>
    /// <param name="batch">Lent until the task completes.</param>
    /// <returns>Completes when every grain has its slice, or it is left to the log: then its samples count as taken in.</returns>
    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, ulong sequence)
    {
        if (!SampleBatch.TryRead(batch.Span, out SampleBatch read))
        {
            return ValueTask.FromException<AppendResult>(new ArgumentException("not a sample batch", nameof(batch)));
        }
        var completion = new AppendCompletion(read.SliceCount + 1);
        var receipt = new AppendReceipt(completion);
        var refusals = new List<Refusal>();
        long left = 0;
        int found = 0, sent = 0;
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_ledger.Gate)
        {
            if (sequence <= _handed)
            {
                return new ValueTask<AppendResult>(AppendResult.Empty);
            }
            _handed = sequence;
            foreach (SliceLocation location in read)
            {
                found++;
                ReadOnlyMemory<byte> bytes = batch.Slice(location.Offset, location.Length);
                if (!SampleSlice.TryRead(bytes.Span, out SampleSlice slice))
                {
                    refusals.Add(new Refusal(location.Index, -1, RefusalReason.Malformed, 0, "a slice's header can't be read"));
                    continue;
                }
                if ((_ledger.Links.Find(location.MetricHash, in slice) ?? AddLink(location.MetricHash, in slice, sequence)) is not { } link)
                {
                    refusals.Add(new Refusal(location.Index, -1, RefusalReason.Malformed, 0, "a slice's hash is not its metric's"));
                    continue;
                }
                link.LastLoggedMs = now;
                if (TrySend(link, sequence, location.Index, slice.SampleCount, bytes, receipt))
                {
                    sent++;
                }
                else
                {
                    link.HasLeft = true;
                    left += slice.SampleCount;
                }
            }
            _open.Enqueue((sequence, completion.Result));
            DropDone();
        }
        int damaged = read.SliceCount - found;
        if (damaged > 0)
        {
            refusals.Add(new Refusal(found, -1, RefusalReason.Malformed, 0, $"{damaged} slices of the batch can't be read"));
        }
        for (int i = sent; i < read.SliceCount; i++)
        {
            completion.Done(0, []);
        }
        completion.Done(left, refusals);
        return new ValueTask<AppendResult>(completion.Result);
    }

    /// <summary>
    /// All that the log had when this process began was handed over. Until then no grain is told that it has everything: it would bring rows to the store, with a
    /// cursor that covers all that the store had of this log before, the part that was not handed over yet included.
    /// </summary>
    public void EndReplay()
    {
        lock (_ledger.Gate)
        {
            _isReplaying = false;
            SayCaughtUp(_ledger.Links.All.Where(l => l.State == LinkState.InStep));
        }
    }

    /// <summary>The oldest record that some grain may still need; null when none does. Asks the grains, wherever they are.</summary>
    /// <param name="mostLookback">See <see cref="Core.Grains.MetricGrain.NeededFrom"/>.</param>
    public async Task<ulong?> NeededFromAsync(TimeSpan mostLookback, CancellationToken cancel)
    {
        // Before the grains are asked: a record on its way is not yet among those they say they need.
        ulong applied = AppliedThrough;
        await _watch.LookAsync(mostLookback, cancel);
        lock (_ledger.Gate)
        {
            ulong needed = _ledger.Links.All.Select(l => l.Needed).Aggregate(applied + 1, (least, n) => Math.Min(least, n ?? ulong.MaxValue));
            return needed > _handed ? null : needed;
        }
    }

    /// <summary>This node's origin, where its log has something of the metric that its grain must have; else empty.</summary>
    public string OriginOf(string metric)
    {
        lock (_ledger.Gate)
        {
            return _ledger.Links.Find(metric) is null ? "" : _origin;
        }
    }

    /// <summary>An activation said that it does not have what this log has. If it is not the one that was sent it, it is sent it now.</summary>
    public void Suspect(string metric, ulong epoch)
    {
        lock (_ledger.Gate)
        {
            if (_ledger.Links.Find(metric) is { State: LinkState.InStep } link && link.Epoch != epoch)
            {
                _ledger.FallBehind(link);
            }
        }
    }

    /// <summary>Metrics have new activations. Those that the log has something of are brought up to date now, not when that is noticed.</summary>
    /// <returns>The indexes of those.</returns>
    public IReadOnlyList<int> Announced(IReadOnlyList<NewActivation> activations)
    {
        var have = new List<int>();
        lock (_ledger.Gate)
        {
            for (int i = 0; i < activations.Count; i++)
            {
                if (_ledger.Links.Find(activations[i].Metric) is not { } link)
                {
                    continue;
                }
                have.Add(i);
                if (link.State == LinkState.InStep && link.Epoch < activations[i].Epoch)
                {
                    _ledger.FallBehind(link);
                }
            }
        }
        return have;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        _behind.Dispose();
        _stop.Dispose();
    }

    /// <summary>Queues a record for a grain. Under the lock.</summary>
    internal void Enqueue(in DispatchItem item)
    {
        if (!_outboxes.TryGetValue(item.Link.Home, out PeerOutbox? outbox))
        {
            _outboxes.Add(item.Link.Home, outbox = new PeerOutbox(item.Link.Home, _origin, _completeFromMs, _peers, _ledger, _timings));
        }
        outbox.Enqueue(in item);
    }

    /// <summary>Up to which record what the log has was handed over here. Under the lock.</summary>
    internal ulong Handed => _handed;

    /// <summary>
    /// Puts links in step: sends what was held back for them, and then, unless the log is still being replayed, says that they have everything. All under the lock:
    /// what comes next would overtake it else.
    /// </summary>
    internal void PutInStep(IReadOnlyList<MetricLink> links)
    {
        foreach (MetricLink link in links)
        {
            link.State = LinkState.InStep;
        }
        foreach (DispatchItem item in _held.Where(i => i.Link.State == LinkState.InStep))
        {
            DispatchItem current = item with { Generation = item.Link.Generation, Previous = item.Link.LastSent };
            // What was read from the log meanwhile is on its way, before this.
            Enqueue(item.Sequence > item.Link.LastSent ? current : current with { Slice = default });
            item.Link.LastSent = Math.Max(item.Link.LastSent, item.Sequence);
        }
        _held.RemoveAll(i => i.Link.State == LinkState.InStep);
        if (!_isReplaying)
        {
            SayCaughtUp(links);
        }
    }

    /// <summary>Leaves to the log what is held back for grains that are behind at the end of a round. Under the lock.</summary>
    /// <returns>What was held back: its senders are to be told, outside of the lock.</returns>
    internal IReadOnlyList<DispatchItem> LeaveHeld()
    {
        DispatchItem[] left = [.. _held.Where(i => i.Link.State == LinkState.Behind)];
        foreach (DispatchItem item in left)
        {
            item.Link.HasLeft = true;
        }
        _held.RemoveAll(i => i.Link.State == LinkState.Behind);
        return left;
    }

    /// <summary>Under the lock.</summary>
    /// <returns>False: it is left to the log.</returns>
    private bool TrySend(MetricLink link, ulong sequence, int sliceIndex, int samples, ReadOnlyMemory<byte> slice, AppendReceipt receipt)
    {
        var item = new DispatchItem(link, link.Generation, link.LastSent, sequence, sliceIndex, samples, slice, receipt);
        switch (link.State)
        {
            case LinkState.InStep when sequence < link.LastSent || sequence <= link.AppliedThrough:
                // Its grain had it before this process began.
                return false;
            case LinkState.InStep:
                link.LastSent = sequence;
                Enqueue(in item);
                return true;
            case LinkState.HandingOver:
                _held.Add(item);
                return true;
            case LinkState.CatchingUp when link.IsNew:
                _held.Add(item);
                return true;
            case LinkState.Behind:
                SignalBehind();
                if (!link.IsNew || _catchUp.IsReading)
                {
                    return false;
                }
                _held.Add(item);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Under the lock.</summary>
    private void SayCaughtUp(IEnumerable<MetricLink> links)
    {
        foreach (MetricLink link in links)
        {
            Enqueue(new DispatchItem(link, link.Generation, link.LastSent, link.LastSent, 0, 0, default, null) { IsCaughtUp = true });
        }
    }

    /// <returns>Null: the hash is not the name's, and a metric must not get a second grain.</returns>
    private MetricLink? AddLink(ulong hash, in SampleSlice slice, ulong sequence) => StableHash.Of(slice.Name) == hash ? _ledger.Links.Add(hash, in slice, sequence) : null;

    private void DropDone()
    {
        while (_open.TryPeek(out (ulong Sequence, Task Done) first) && first.Done.IsCompleted)
        {
            _open.Dequeue();
        }
    }

    private void SignalBehind()
    {
        // Only ever called inside the lock, so two can't see it empty at once.
        if (_behind.CurrentCount == 0)
        {
            _behind.Release();
        }
    }

    private async Task CatchUpAsync()
    {
        try
        {
            while (true)
            {
                await _behind.WaitAsync(_stop.Token);
                await CatchUpOnceAsync();
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // Whatever was under way failed because of the stop, or no longer matters.
        }
    }

    private async Task CatchUpOnceAsync()
    {
        bool again = true;
        try
        {
            again = !await _catchUp.RunAsync(_stop.Token);
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            LogCatchUpFailed(_logger, error);
        }
        if (again)
        {
            await Task.Delay(_timings.Retry, _time, _stop.Token);
            lock (_ledger.Gate)
            {
                SignalBehind();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Grains could not be brought up to date out of the log, and are tried again; their metrics lack the newest samples until it succeeds. If this repeats, check the disk that the log is on, and whether this silo is still in the cluster.")]
    private static partial void LogCatchUpFailed(ILogger logger, Exception error);
}
