using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Formatting;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>A tile's number and sparkline. A metric that does not exist (yet) is no error: what has never been counted is 0, what has never been measured a dash.</summary>
/// <param name="cadence">Null: <see cref="Cadence.Memory"/>.</param>
public sealed class TileModel(IMetricQueries queries, TileSpec spec, Cadence? cadence = null)
{
    private const long SpanMs = 15 * Resolution.OneMinute;
    private const long ReasonSpanMs = 5 * Resolution.OneMinute;
    private const long RetryMs = 5_000;

    // A number older than this would pass for the present. What happens once a minute, as a flush does, stays till it happens again.
    private const long LatestMs = 2 * Resolution.OneMinute;

    private readonly Cadence _cadence = cadence ?? Cadence.Memory;
    private readonly LiveQuery _live = new(queries, new ChartFeed(maxSeries: 1), cadence);
    private long _askAgainAt = long.MinValue;
    private long _reasonsAskedAt = long.MinValue / 2;

    public TileSpec Spec => spec;

    public ChartFeed Feed => _live.Feed;

    public string Number { get; private set; } = ValueFormat.Absent;

    /// <summary>"bad value 12, too old 3" of the last five minutes; empty when nothing was refused.</summary>
    public string Detail { get; private set; } = "";

    /// <returns>Whether <see cref="Number"/> or <see cref="Detail"/> changed.</returns>
    public async Task<bool> UpdateAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs < _askAgainAt)
        {
            return false;
        }
        (string number, string detail) = (Number, Detail);
        try
        {
            Feed.GrowsWithinBucket = spec.IsRate;
            await _live.UpdateAsync(Question(nowMs, SpanMs, []), nowMs, cancel);
            Number = ValueFormat.Format(Headline(nowMs), spec.IsRate ? "/s" : spec.Unit ?? _live.LastResult?.Unit ?? "");
            if (spec.ReasonTag is { } tag && nowMs - _reasonsAskedAt >= RetryMs)
            {
                _reasonsAskedAt = nowMs;
                Detail = Reasons(await queries.QueryAsync(Question(nowMs, ReasonSpanMs, [tag]), cancel));
            }
        }
        catch (Exception e) when (e is UnknownMetricException or QueryException)
        {
            _askAgainAt = nowMs + RetryMs;
            Number = spec.IsRate ? ValueFormat.Format(0, "/s") : ValueFormat.Absent;
            Detail = "";
        }
        return number != Number || detail != Detail;
    }

    private MetricQuery Question(long nowMs, long spanMs, string[] by) =>
        new(spec.Metric, nowMs - spanMs, nowMs + 1, _cadence.StepMs, spec.Statistic, [], by);

    // A rate over the last whole bucket and the part of the open one that has passed: moves every second and never dips when a bucket opens. What
    // comes by way of the store is whole buckets only.
    private double? Headline(long nowMs)
    {
        if (Feed.Series.Count == 0 || Feed.Series[0].Last is not { } last || last.BucketMs < nowMs - LatestMs - _cadence.LateMs)
        {
            return spec.IsRate ? 0 : null;
        }
        if (!spec.IsRate)
        {
            return last.Value;
        }
        if (_cadence != Cadence.Memory)
        {
            return last.Value * 1000 / _cadence.StepMs;
        }
        long open = Resolution.Floor(nowMs, Resolution.TenSeconds);
        long before = open - Resolution.TenSeconds;
        Feed.Series[0].TryGet(open, out double current);
        Feed.Series[0].TryGet(before, out double previous);
        return (current + previous) * 1000 / (nowMs - before);
    }

    private static string Reasons(QueryResult result) => string.Join(" · ", result.Series
        .Select(s => (Name: s.Tags[0].Value.Replace('_', ' '), Count: s.Points.Sum(p => p.Value)))
        .Where(r => r.Count > 0)
        .OrderByDescending(r => r.Count)
        .Take(3)
        .Select(r => $"{r.Name} {ValueFormat.Format(r.Count, "")}"));
}
