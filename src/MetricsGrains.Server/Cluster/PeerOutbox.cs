using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// What waits for the grains of one silo. One dispatch is under way at a time, with all that gathered meanwhile: records stay in their order, and
/// the busier the silo the larger its dispatches. Guarded by the dispatch's lock where it says so.
/// </summary>
internal sealed class PeerOutbox(SiloId silo, string origin, long completeFromMs, IClusterPeers peers, LinkLedger ledger, ClusterTimings timings)
{
    /// <summary>Far below what a message may have, far above what a call costs.</summary>
    private const int MaxBytes = 1 << 20;

    private readonly Queue<DispatchItem> _items = [];
    private readonly DispatchWriter _writer = new();
    private bool _isRunning;

    /// <summary>Under the lock.</summary>
    public void Enqueue(in DispatchItem item)
    {
        _items.Enqueue(item);
        if (!_isRunning)
        {
            _isRunning = true;
            _ = Task.Run(PumpAsync);
        }
    }

    private async Task PumpAsync()
    {
        while (Take() is { } items)
        {
            List<DispatchItem> current = ledger.DropStale(items);
            if (current.Count > 0)
            {
                await SendAsync(current);
            }
        }
    }

    /// <returns>Null: nothing waits, and the pump ends.</returns>
    private List<DispatchItem>? Take()
    {
        lock (ledger.Gate)
        {
            if (_items.Count == 0)
            {
                _isRunning = false;
                return null;
            }
            var items = new List<DispatchItem>();
            int bytes = 0;
            while (bytes < MaxBytes && _items.TryDequeue(out DispatchItem item))
            {
                items.Add(item);
                bytes += item.Slice.Length + 64;
            }
            return items;
        }
    }

    private async Task SendAsync(List<DispatchItem> items)
    {
        // In the order in which they first come; those of one metric in their order.
        ILookup<MetricLink, DispatchItem> groups = items.ToLookup(i => i.Link);
        IReadOnlyList<DispatchAnswer> answers = [];
        try
        {
            answers = DispatchAnswerCodec.Split(await peers.DispatchAsync(silo, Write(groups), CancellationToken.None).WaitAsync(timings.Call));
        }
        catch (Exception)
        {
            // Whatever it was: whether the records were applied is unknown, so their grains are asked.
        }
        int index = 0;
        foreach (IGrouping<MetricLink, DispatchItem> group in groups)
        {
            DispatchAnswer answer = index < answers.Count ? answers[index] : DispatchAnswer.Failed;
            index++;
            ledger.Answered(group.Key, group.First().Generation, answer, group.Any(i => i.IsCaughtUp));
            Tell(group, answer);
        }
        if (answers.Count == 0)
        {
            ledger.LostTouchWith(silo);
        }
    }

    private byte[] Write(ILookup<MetricLink, DispatchItem> groups)
    {
        _writer.Begin(origin, completeFromMs);
        foreach (IGrouping<MetricLink, DispatchItem> group in groups)
        {
            MetricLink link = group.Key;
            _writer.BeginGroup(link.Hash, link.Metric, link.Epoch, join: false, caughtUp: group.Any(i => i.IsCaughtUp));
            foreach (DispatchItem item in group.Where(i => i.HasRecord))
            {
                _writer.Add(item.Previous, item.Sequence, item.Slice.Span);
            }
        }
        return _writer.ToArray();
    }

    private static void Tell(IEnumerable<DispatchItem> items, DispatchAnswer answer)
    {
        int index = 0;
        foreach (DispatchItem item in items)
        {
            int place = item.HasRecord ? index++ : -1;
            Refusal[] refusals = [.. answer.Result.Refusals.Where(r => r.Slice == place).Select(r => r with { Slice = item.SliceIndex })];
            item.Done?.Done(Math.Max(0, item.Samples - refusals.Sum(r => r.Samples)), refusals);
        }
    }
}
