using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// Brings grains that fell behind up to date: asks each where it stands, reads the log once from the oldest of those places, and sends every grain what it
/// lacks. At the end the log grows as fast as it is read; so from some record on what comes is held back until the reader has reached it.
/// </summary>
internal sealed class CatchUp(OriginDispatch dispatch, LinkLedger ledger, string origin, long completeFromMs, IRecordLog log, IClusterPeers peers, ClusterTimings timings, bool isShared)
{
    /// <summary>After so many readings of what came meanwhile the rest is held back.</summary>
    private const int Readings = 3;

    private const int JoinsAtOnce = 1_000;

    /// <summary>The log is being read, which may take long; a grain that falls behind now waits for the next round. Under the lock.</summary>
    public bool IsReading { get; private set; }

    /// <summary>One round. Grains that it did not bring up to date are behind afterwards, however it ends, and what was held back for them is left to the log.</summary>
    /// <returns>False: not every grain could be asked; another round is needed.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        try
        {
            IEnumerable<Task<bool>> joins = FindHomes().GroupBy(l => l.Home).Select(g => JoinAsync(g.Key, [.. g], cancel));
            bool[] joined = await Task.WhenAll(joins);
            HandOver();
            await ReadAsync(cancel);
            return joined.All(all => all);
        }
        finally
        {
            GiveUpUnfinished();
        }
    }

    /// <returns>The links that are behind.</returns>
    private MetricLink[] FindHomes()
    {
        lock (ledger.Gate)
        {
            MetricLink[] behind = [.. ledger.Links.All.Where(l => l.State == LinkState.Behind)];
            foreach (MetricLink link in behind)
            {
                link.Home = peers.HomeOf(link.Hash);
            }
            return behind;
        }
    }

    /// <returns>Whether all of them could be asked.</returns>
    private async Task<bool> JoinAsync(SiloId silo, MetricLink[] links, CancellationToken cancel)
    {
        bool all = true;
        foreach (MetricLink[] part in links.Chunk(JoinsAtOnce))
        {
            var writer = new DispatchWriter();
            writer.Begin(origin, completeFromMs);
            foreach (MetricLink link in part)
            {
                writer.BeginGroup(link.Hash, link.Metric, 0, join: true, caughtUp: false);
            }
            IReadOnlyList<DispatchAnswer> answers = [];
            try
            {
                answers = DispatchAnswerCodec.Split(await peers.DispatchAsync(silo, writer.ToArray(), cancel).WaitAsync(timings.Call, cancel));
            }
            catch (Exception) when (!cancel.IsCancellationRequested)
            {
                // The silo may have died: by the next round the metrics have another home.
            }
            lock (ledger.Gate)
            {
                for (int i = 0; i < part.Length; i++)
                {
                    DispatchAnswer answer = i < answers.Count ? answers[i] : DispatchAnswer.Failed;
                    all &= answer.Status == DispatchStatus.InStep;
                    if (answer.Status == DispatchStatus.InStep)
                    {
                        Begin(part[i], answer);
                    }
                }
            }
        }
        return all;
    }

    private void Begin(MetricLink link, DispatchAnswer answer)
    {
        link.Generation++;
        // Of a metric that is new, all there is may be held back already.
        link.State = isShared || link.HasLeft || answer.AppliedThrough >= link.FirstLogged ? LinkState.CatchingUp : LinkState.HandingOver;
        link.Epoch = answer.Epoch;
        link.AppliedThrough = answer.AppliedThrough;
        link.LastSent = answer.AppliedThrough;
        link.NeededFrom = answer.NeededFrom;
        link.Answers++;
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        ulong next = ulong.MaxValue;
        lock (ledger.Gate)
        {
            foreach (MetricLink link in ledger.Links.All.Where(l => l.State == LinkState.CatchingUp))
            {
                next = Math.Min(next, link.Missing);
            }
            IsReading = next != ulong.MaxValue;
        }
        if (next == ulong.MaxValue)
        {
            return;
        }
        for (int reading = 1; ; reading++)
        {
            ulong through = ulong.MaxValue;
            bool isLast = false;
            lock (ledger.Gate)
            {
                // Of a shared log the end of what was handed over here says nothing.
                if ((next > dispatch.Handed && !(isShared && reading == 1)) || reading > Readings)
                {
                    isLast = true;
                    through = dispatch.Handed;
                    foreach (MetricLink link in ledger.Links.All.Where(l => l.State == LinkState.CatchingUp))
                    {
                        link.State = LinkState.HandingOver;
                    }
                }
            }
            next = await ReadAsync(next, through, cancel);
            if (isLast)
            {
                HandOver();
                return;
            }
        }
    }

    /// <returns>The record after the last one read.</returns>
    private async Task<ulong> ReadAsync(ulong from, ulong through, CancellationToken cancel)
    {
        if (from > through)
        {
            return from;
        }
        var flow = new CatchUpFlow();
        await foreach (LogRecord record in log.ReadAsync(from, cancel))
        {
            if (record.Sequence > through)
            {
                break;
            }
            Send(record, flow);
            from = record.Sequence + 1;
            await flow.WaitAsync(cancel);
        }
        await flow.DrainAsync(cancel);
        return from;
    }

    private void Send(LogRecord record, CatchUpFlow flow)
    {
        ReadOnlySpan<byte> bytes = record.Batch.Span;
        if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
        {
            return;
        }
        lock (ledger.Gate)
        {
            foreach (SliceLocation location in batch)
            {
                ReadOnlySpan<byte> part = bytes.Slice(location.Offset, location.Length);
                if (!SampleSlice.TryRead(part, out SampleSlice slice) || ledger.Links.Find(location.MetricHash, in slice) is not { State: LinkState.CatchingUp or LinkState.HandingOver } link)
                {
                    continue;
                }
                // A record's second slice of the metric, of another kind, has the same number.
                if (record.Sequence > link.LastSent || (record.Sequence == link.LastSent && record.Sequence > link.AppliedThrough))
                {
                    flow.Sent(part.Length);
                    dispatch.Enqueue(new DispatchItem(link, link.Generation, link.LastSent, record.Sequence, location.Index, slice.SampleCount, part.ToArray(), flow));
                    link.LastSent = record.Sequence;
                }
            }
        }
    }

    /// <summary>Only where the reading was cut short: the next round begins anew.</summary>
    private void GiveUpUnfinished()
    {
        IReadOnlyList<DispatchItem> left;
        lock (ledger.Gate)
        {
            IsReading = false;
            foreach (MetricLink link in ledger.Links.All.Where(l => l.State is LinkState.CatchingUp or LinkState.HandingOver))
            {
                ledger.FallBehind(link);
            }
            left = dispatch.LeaveHeld();
        }
        foreach (DispatchItem item in left)
        {
            item.Done?.Done(item.Samples, []);
        }
    }

    private void HandOver()
    {
        lock (ledger.Gate)
        {
            dispatch.PutInStep([.. ledger.Links.All.Where(l => l.State == LinkState.HandingOver)]);
        }
    }
}
