using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>One preview on its way: takes the metric's minutes in, bit by bit. Not thread-safe.</summary>
internal sealed class PreviewRun(AlertRule rule, long fromMs, long toMs)
{
    /// <summary>Minutes in the windows of all groups together: some 200 MB.</summary>
    private const long NumberBudget = 2_000_000;

    /// <summary>As above, when each minute has a sketch of a kilobyte or so.</summary>
    private const long SketchBudget = 200_000;

    private readonly PreviewSimulation _simulation = new(rule, fromMs, toMs);
    private readonly Dictionary<TagSet, GroupWalk> _walks = [];
    private readonly HashSet<TagSet> _refused = [];
    private readonly WindowScratch _scratch = new();

    private readonly int _maxGroups = (int)((StatisticRules.SketchNeedOf(rule.Statistic) == SketchNeed.Yes ? SketchBudget : NumberBudget) / rule.WindowMinutes);

    public int GroupCount => _walks.Count;

    /// <summary>The earliest sample that matters, Unix ms.</summary>
    public long FirstMs => _simulation.FromMs - (long)rule.Window.TotalMilliseconds;

    /// <summary>The last evaluation, Unix ms: samples from it on don't matter.</summary>
    public long EndMs => _simulation.ToMs;

    /// <summary>Takes the minutes over; each frame must be later than the one before.</summary>
    public void Add(AggregateFrame minutes, CancellationToken cancel)
    {
        foreach (AggregateGroup group in minutes.Groups)
        {
            cancel.ThrowIfCancellationRequested();
            if (WalkOf(group.Key) is { } walk)
            {
                foreach (AggregatePoint minute in group.Points)
                {
                    walk.Add(minute);
                }
            }
        }
    }

    /// <summary>The values, once there is a result; null when they are too many to be kept.</summary>
    public IReadOnlyList<PreviewSeries>? Series() => _refused.Count > 0 ? null : _simulation.Series();

    public RulePreview Result(string unit, CancellationToken cancel)
    {
        if (_walks.Count == 0 && rule is { Type: AlertRuleType.DeadMan, GroupBy.Count: 0 })
        {
            // Nothing at all came: for a rule about the whole metric that is the very silence it waits for.
            _walks.Add(TagSet.Empty, new SilenceWalk(_simulation.Track(TagSet.Empty), _simulation.FromMs, EndMs, FirstMs));
        }
        foreach (GroupWalk walk in _walks.Values)
        {
            cancel.ThrowIfCancellationRequested();
            walk.End();
        }
        return _simulation.Result() with { Unit = unit, Uncounted = _refused.Count };
    }

    private GroupWalk? WalkOf(TagSet tags)
    {
        if (_walks.TryGetValue(tags, out GroupWalk? walk))
        {
            return walk;
        }
        if (_walks.Count > _maxGroups)
        {
            _refused.Add(tags);
            return null;
        }
        PreviewTrack track = _simulation.Track(tags);
        walk = rule.Type == AlertRuleType.DeadMan
            ? new SilenceWalk(track, _simulation.FromMs, EndMs)
            : new WindowWalk(track, rule, _simulation.FromMs, EndMs, _scratch);
        _walks.Add(tags, walk);
        return walk;
    }
}
