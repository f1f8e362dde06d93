namespace MetricsGrains.Core.Alerting;

/// <summary>
/// How many messages a channel with the usual grouping would send: what is new waits 30 s for more of it, and messages are 5 min apart. An incident
/// that is over before its message is due is not told at all.
/// </summary>
/// <param name="Total">Messages that tell of something new that fires.</param>
/// <param name="Reminders">Messages that only repeat.</param>
/// <param name="OfGroups">For each group how many messages told that it began to fire.</param>
internal sealed record PreviewPages(int Total, int Reminders, IReadOnlyList<int> OfGroups)
{
    /// <param name="firings">For each group its incidents, in time order.</param>
    /// <param name="repeat">See <see cref="AlertRule.RepeatInterval"/>.</param>
    /// <param name="toMs">The preview's end, Unix ms. What is new then counts although its message is due a little later; reminders after it don't.</param>
    public static PreviewPages Of(IReadOnlyList<IReadOnlyList<PreviewFiring>> firings, TimeSpan repeat, long toMs)
    {
        var walk = new PreviewChannel(firings.Count, (long)repeat.TotalMilliseconds);
        IEnumerable<(long AtMs, int Group, bool Begins)> changes = firings.SelectMany((list, group) => list.SelectMany<PreviewFiring, (long, int, bool)>(f =>
            f.Ongoing ? [(f.FromMs, group, true)] : [(f.FromMs, group, true), (f.ToMs, group, false)]));
        // An evaluation tells a channel all that it changed in one call.
        foreach (IGrouping<long, (long AtMs, int Group, bool Begins)> evaluation in changes.GroupBy(c => c.AtMs).OrderBy(e => e.Key))
        {
            walk.SendUntil(evaluation.Key);
            walk.Change(evaluation.Select(c => (c.Group, c.Begins)), evaluation.Key);
        }
        walk.SendUntil(toMs + 1);
        walk.SendNews();
        return new PreviewPages(walk.Pages, walk.Reminders, walk.OfGroups);
    }
}
