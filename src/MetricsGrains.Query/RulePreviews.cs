using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query.Previews;

namespace MetricsGrains.Query;

/// <summary>
/// Previews from one-minute aggregates of memory and store. They are read piece by piece, so that thousands of groups over a week take no
/// more memory than their windows; the values are kept for a while, so that trying another threshold reads nothing again.
/// </summary>
public sealed class RulePreviews(IGrains grains, IRollupStore rollups, IRawStore raw, TimeProvider time) : IRulePreviews
{
    /// <summary>A week, and what a caller's clock may be off.</summary>
    public static readonly TimeSpan MaxRange = TimeSpan.FromDays(8);

    private const int FirstPieceMinutes = 60;

    /// <summary>Minutes of all groups that one read should bring: some 50 MB, with sketches or without.</summary>
    private const int NumbersAPiece = 500_000;

    private const int SketchesAPiece = 50_000;

    private readonly MemoryAndStore _merge = new(grains, rollups, raw);
    private readonly PreviewCache _cache = new(time);

    public Task<RulePreview> PreviewAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        long to = Math.Min(toMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        Check(rule, fromMs, to);
        // Off the caller's context: a page goes on taking what is typed while a preview of many groups is made.
        return Task.Run(() => RunAsync(rule, fromMs, to, cancel), cancel);
    }

    private static void Check(AlertRule rule, long fromMs, long toMs)
    {
        if (rule.MetricName.Length == 0)
        {
            throw new QueryException("metric_name", "missing: which metric?");
        }
        if (rule.WindowMinutes is < 1 or > 1_440)
        {
            throw new QueryException("window_minutes", $"{rule.WindowMinutes} must be from 1 to 1440");
        }
        if (fromMs >= toMs)
        {
            throw new QueryException("from", "must be before 'to' and before now");
        }
        if (toMs - fromMs > (long)MaxRange.TotalMilliseconds)
        {
            throw new QueryException("from", $"the range is longer than {MaxRange.TotalDays} days");
        }
    }

    private async Task<RulePreview> RunAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        if (_cache.Find(rule, fromMs, toMs) is { } kept)
        {
            return RulePreview.Simulate(rule, kept.Series, fromMs, toMs) with { Unit = kept.Unit };
        }
        var run = new PreviewRun(rule, fromMs, toMs);
        SketchNeed sketch = rule.Type == AlertRuleType.Threshold ? StatisticRules.SketchNeedOf(rule.Statistic) : SketchNeed.None;
        string unit = "";
        for (long at = run.FirstMs; at < run.EndMs;)
        {
            cancel.ThrowIfCancellationRequested();
            long end = Math.Min(run.EndMs, at + (PieceMinutes(run.GroupCount, at == run.FirstMs, sketch) * Resolution.OneMinute));
            var query = new AggregateQuery(at, end, Resolution.OneMinute, rule.TagFilter, rule.GroupBy, sketch);
            MergedAnswer? answer = await _merge.ReadAsync(rule.MetricName, query, cancel);
            if (answer is null)
            {
                return RulePreview.Empty(fromMs, toMs, $"no metric named '{rule.MetricName}' has been received yet; the rule can be saved, and watches once there is one") with { MetricKnown = false };
            }
            if (rule.Type == AlertRuleType.Threshold && !StatisticRules.Has(answer.Kind, rule.Statistic.Kind))
            {
                return RulePreview.Empty(fromMs, toMs, StatisticCheck.Problem(rule.MetricName, answer.Kind, rule.Statistic));
            }
            run.Add(answer.Frame, cancel);
            unit = answer.Unit;
            at = end;
        }
        RulePreview preview = run.Result(unit, cancel);
        if (run.Series() is { } series)
        {
            _cache.Keep(rule, fromMs, toMs, new PreviewValues(unit, series));
        }
        return preview;
    }

    private static long PieceMinutes(int groups, bool first, SketchNeed sketch) =>
        first ? FirstPieceMinutes : Math.Clamp((sketch == SketchNeed.Yes ? SketchesAPiece : NumbersAPiece) / Math.Max(1, groups), 10, 4_000);
}
