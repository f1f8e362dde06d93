using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>The last previews' values. Whoever drags a threshold asks for the same ones many times a second.</summary>
internal sealed class PreviewCache(TimeProvider time)
{
    /// <summary>Of all entries together: 24 MB.</summary>
    private const long MaxPoints = 1_500_000;

    /// <summary>A closed minute rarely changes; after this long late samples are to be seen too.</summary>
    private const long LifetimeMs = 60_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, long UntilMs, PreviewValues Values)> _entries = new();

    public PreviewValues? Find(AlertRule rule, long fromMs, long toMs)
    {
        string key = KeyOf(rule, fromMs, toMs);
        lock (_gate)
        {
            DropOld();
            return _entries.Where(e => e.Key == key).Select(e => e.Values).FirstOrDefault();
        }
    }

    public void Keep(AlertRule rule, long fromMs, long toMs, PreviewValues values)
    {
        if (values.PointCount > MaxPoints)
        {
            return;
        }
        lock (_gate)
        {
            _entries.AddFirst((KeyOf(rule, fromMs, toMs), NowMs() + LifetimeMs, values));
            while (_entries.Sum(e => e.Values.PointCount) > MaxPoints)
            {
                _entries.RemoveLast();
            }
        }
    }

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void DropOld()
    {
        long now = NowMs();
        while (_entries.Last is { } oldest && oldest.Value.UntilMs <= now)
        {
            _entries.RemoveLast();
        }
    }

    // All that decides which values are read, and nothing that only judges them.
    private static string KeyOf(AlertRule rule, long fromMs, long toMs) => string.Join('\n', (IEnumerable<string>)[
        rule.MetricName,
        rule.Type == AlertRuleType.DeadMan ? "silence" : rule.Statistic.ToString(),
        FormattableString.Invariant($"{rule.WindowMinutes} {Resolution.Floor(fromMs, Resolution.OneMinute)} {Resolution.Floor(toMs, Resolution.OneMinute)}"),
        .. rule.GroupBy,
        "",
        .. rule.TagFilter.Select(f => $"{f.Key}\t{f.Match}\t{f.Value}")]);
}
