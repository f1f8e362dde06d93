namespace MetricsGrains.Server.Cluster;

/// <summary>
/// Asks the silos every few seconds what their grains hold of this origin's log. So it is noticed that a grain is gone, or waits for something, although nothing was sent that it
/// could have refused, and what was in its memory alone is sent to the next one.
/// </summary>
internal sealed class HoldingsWatch(LinkLedger ledger, string origin, IClusterPeers peers, TimeSpan liveWindow, ClusterTimings timings, TimeProvider time)
{
    /// <summary>A look costs every grain a turn. So many metrics are looked at every time, of more all the more seldom: a silo that comes or goes is noticed at once however many there are.</summary>
    private const int EveryTime = 5_000;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(timings.Look, time);
        IReadOnlyList<SiloId> silos = [];
        long looked = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                IReadOnlyList<SiloId> now = peers.Silos;
                if (now.SequenceEqual(silos) && time.GetElapsedTime(looked) < Pause())
                {
                    continue;
                }
                (silos, looked) = (now, time.GetTimestamp());
                await LookAsync(liveWindow, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Whatever was under way failed because of the stop, or no longer matters.
        }
    }

    /// <summary>Looks once. Of a silo that does not answer nothing is concluded.</summary>
    public async Task LookAsync(TimeSpan mostLookback, CancellationToken cancel)
    {
        Dictionary<MetricLink, (int Generation, int Answers)> before;
        lock (ledger.Gate)
        {
            before = ledger.Links.All.Where(l => l.State == LinkState.InStep).ToDictionary(l => l, l => (l.Generation, l.Answers));
        }
        IReadOnlyList<SiloId> silos = peers.Silos;
        (SiloId Silo, IReadOnlyList<Holding>? Holdings)[] answers = await Task.WhenAll(silos.Select(s => AskAsync(s, mostLookback, cancel)));
        HashSet<SiloId> silent = [.. answers.Where(a => a.Holdings is null).Select(a => a.Silo)];
        ILookup<ulong, Holding> held = answers.SelectMany(a => a.Holdings ?? []).ToLookup(h => h.MetricHash);
        lock (ledger.Gate)
        {
            foreach ((MetricLink link, (int generation, int answered)) in before)
            {
                // What was said or sent meanwhile is newer than what was asked.
                if (link.Generation == generation && link.Answers == answered && !silent.Contains(link.Home))
                {
                    Conclude(link, held[link.Hash]);
                }
            }
        }
    }

    /// <summary>At least between two looks, while the silos stay the same.</summary>
    private TimeSpan Pause()
    {
        lock (ledger.Gate)
        {
            // The timer's tick before this one's may have been a moment late.
            return timings.Look * Math.Max(0.5, ledger.Links.Count / (double)EveryTime);
        }
    }

    private void Conclude(MetricLink link, IEnumerable<Holding> held)
    {
        foreach (Holding holding in held)
        {
            if (holding.Epoch == link.Epoch)
            {
                link.NeededFrom = holding.NeededFrom;
                if (!holding.IsInStep && link.IsConfirmed)
                {
                    // A join that was given up as lost arrived after all: the grain waits for records that nobody will send, and so do its rows.
                    ledger.FallBehind(link);
                }
                return;
            }
        }
        // Its grain is gone. If nothing came for an hour it was forgotten, with all its rows in the store; else it died or moved.
        if (link.LastLoggedMs < (time.GetUtcNow() - liveWindow).ToUnixTimeMilliseconds() && link.NeededFrom is null)
        {
            ledger.Links.Remove(link);
        }
        else
        {
            ledger.FallBehind(link);
        }
    }

    private async Task<(SiloId Silo, IReadOnlyList<Holding>? Holdings)> AskAsync(SiloId silo, TimeSpan mostLookback, CancellationToken cancel)
    {
        try
        {
            return (silo, await peers.HoldingsAsync(silo, origin, mostLookback, cancel).WaitAsync(timings.Call, cancel));
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            return (silo, null);
        }
    }
}
