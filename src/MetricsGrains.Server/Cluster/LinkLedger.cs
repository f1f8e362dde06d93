using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Server.Cluster;

/// <summary>How an origin stands to every grain that its log has something for, and what changes that. Thread-safe.</summary>
/// <param name="behind">Called when some grain has to be caught up; quickly, and inside the lock.</param>
internal sealed class LinkLedger(Action behind)
{
    /// <summary>Held for a moment at a time, never across a wait.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Under the lock.</summary>
    public LinkTable Links { get; } = new();

    /// <summary>Leaves what was queued before its grain fell behind to the log.</summary>
    /// <returns>The others, in their order.</returns>
    public List<DispatchItem> DropStale(List<DispatchItem> items)
    {
        List<DispatchItem> current = new(items.Count), stale = [];
        lock (Gate)
        {
            foreach (DispatchItem item in items)
            {
                (item.IsCurrent ? current : stale).Add(item);
            }
        }
        foreach (DispatchItem item in stale)
        {
            item.Done?.Done(item.Samples, []);
        }
        return current;
    }

    /// <param name="wasCaughtUp">The group said that the grain has everything with it.</param>
    public void Answered(MetricLink link, int generation, DispatchAnswer answer, bool wasCaughtUp)
    {
        lock (Gate)
        {
            if (link.Generation != generation)
            {
                return;
            }
            if (answer.Status != DispatchStatus.InStep || answer.Epoch != link.Epoch)
            {
                FallBehind(link);
                return;
            }
            link.AppliedThrough = answer.AppliedThrough;
            link.NeededFrom = answer.NeededFrom;
            link.ConfirmedIn = wasCaughtUp ? generation : link.ConfirmedIn;
            link.Answers++;
        }
    }

    /// <summary>A silo did not answer. Its grains are asked where they stand, wherever they are then.</summary>
    public void LostTouchWith(SiloId silo)
    {
        lock (Gate)
        {
            foreach (MetricLink link in Links.All.Where(l => l.Home == silo && l.State != LinkState.Behind))
            {
                FallBehind(link);
            }
        }
    }

    /// <summary>Under the lock. What it applied is not forgotten: no record before that is needed if the activation is the same, and it says so if it is not.</summary>
    public void FallBehind(MetricLink link)
    {
        link.State = LinkState.Behind;
        link.Generation++;
        link.HasLeft = true;
        behind();
    }
}
