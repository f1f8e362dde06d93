using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>Runs a rule over the past of many groups whose values come bit by bit. Not thread-safe.</summary>
public sealed class PreviewSimulation
{
    /// <summary>Values kept for charts, of all groups together: 64 MB. Groups that come when they are used up are counted without them.</summary>
    private const long PointBudget = 4_000_000;

    private readonly AlertRule _rule;
    private readonly Dictionary<TagSet, PreviewTrack> _tracks = [];

    /// <param name="fromMs">The first evaluation, Unix ms; cut down to the minute, as is <paramref name="toMs"/>, the last one.</param>
    public PreviewSimulation(AlertRule rule, long fromMs, long toMs)
    {
        FromMs = Resolution.Floor(fromMs, Resolution.OneMinute);
        ToMs = Resolution.Floor(toMs, Resolution.OneMinute);
        _rule = Stepped(rule);
    }

    public long FromMs { get; }

    public long ToMs { get; }

    public int TrackCount => _tracks.Count;

    /// <summary>The group's track, made if absent.</summary>
    public PreviewTrack Track(TagSet tags)
    {
        if (!_tracks.TryGetValue(tags, out PreviewTrack? track))
        {
            long minutes = ((ToMs - FromMs) / Resolution.OneMinute) + 1;
            bool keepPoints = _tracks.Count == 0 || (_tracks.Count + 1) * minutes <= PointBudget;
            _tracks.Add(tags, track = new PreviewTrack(tags, _rule, FromMs, ToMs, keepPoints));
        }
        return track;
    }

    /// <summary>The values so far, for another run with another threshold; null when not all were kept.</summary>
    public IReadOnlyList<PreviewSeries>? Series() =>
        _tracks.Values.Any(t => t.Points is null) ? null : [.. _tracks.Values.Select(t => new PreviewSeries(t.Tags, t.Points!))];

    public RulePreview Result()
    {
        PreviewTrack[] tracks = [.. _tracks.Values];
        foreach (PreviewTrack track in tracks)
        {
            track.End();
        }
        Array.Sort(tracks, static (a, b) => a.Firings.Count != b.Firings.Count
            ? b.Firings.Count.CompareTo(a.Firings.Count)
            : a.Tags.Canonical.SequenceCompareTo(b.Tags.Canonical));
        PreviewPages pages = PreviewPages.Of([.. tracks.Select(t => t.Firings)], _rule.RepeatInterval, ToMs);
        var groups = new PreviewGroup[Math.Min(tracks.Length, RulePreview.MaxGroups)];
        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = new PreviewGroup(tracks[i].Tags, tracks[i].Points ?? [], tracks[i].Firings, pages.OfGroups[i]);
        }
        return new RulePreview(FromMs, ToMs, groups, tracks.Length, tracks.Sum(t => t.Firings.Count), pages.Total, pages.Reminders, tracks.Length - groups.Length);
    }

    // A dead-man's switch is a threshold on the seconds of silence.
    private static AlertRule Stepped(AlertRule rule) => rule.Type == AlertRuleType.Threshold ? rule : rule with
    {
        Condition = AlertCondition.Gte,
        Threshold = rule.Window.TotalSeconds,
        RecoveryThreshold = null,
        NoData = NoDataPolicy.KeepLast,
    };
}
