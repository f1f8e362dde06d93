using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Live;

/// <summary>
/// Keeps a <see cref="ChartFeed"/> up to date: asks for the whole range at first and now and then, and in between only for the buckets that can still change.
/// </summary>
/// <param name="cadence">Null: <see cref="Cadence.Memory"/>.</param>
public sealed class LiveQuery(IMetricQueries queries, ChartFeed feed, Cadence? cadence = null)
{
    private readonly Cadence _cadence = cadence ?? Cadence.Memory;
    private long _wholeAskedAt = long.MinValue / 2;
    private long _askedAt = long.MinValue / 2;

    public ChartFeed Feed => feed;

    /// <summary>Null before the first answer.</summary>
    public QueryResult? LastResult { get; private set; }

    /// <summary>Asks for everything at the next call.</summary>
    public void Restart() => _wholeAskedAt = long.MinValue / 2;

    /// <param name="query">For the whole range; may have moved since the last call, but asks the same otherwise.</param>
    /// <returns>Whether anything was asked.</returns>
    /// <exception cref="QueryException"/>
    /// <exception cref="UnknownMetricException"/>
    public async Task<bool> UpdateAsync(MetricQuery query, long nowMs, CancellationToken cancel)
    {
        // A coarse bucket changes little in a second, and costs as much to read as what it spans.
        if (nowMs - _askedAt < Math.Max(_cadence.EveryMs, Math.Clamp(query.StepMs / 300, 0, 30_000)) && _wholeAskedAt >= 0)
        {
            return false;
        }
        _askedAt = nowMs;
        bool whole = nowMs - _wholeAskedAt >= WholeEveryMs(query);
        long tail = Resolution.Floor(nowMs - _cadence.LateMs, query.StepMs);
        if (!whole)
        {
            LastResult = await queries.QueryAsync(query with { FromMs = Math.Max(query.FromMs, tail) }, cancel);
            // A line that is new is read from its start, at once: who sends a first point waits for it.
            whole = !feed.Merge(LastResult, query.FromMs, query.ToMs);
        }
        if (whole)
        {
            LastResult = await queries.QueryAsync(query, cancel);
            _wholeAskedAt = nowMs;
            TakeWhole(LastResult, query);
        }
        return true;
    }

    private void TakeWhole(QueryResult result, MetricQuery query)
    {
        bool same = feed.Series.Count > 0 && feed.StepMs == query.StepMs && feed.LeftOut == 0 && result.Series.Count == feed.Series.Count;
        if (!same || !feed.Merge(result, query.FromMs, query.ToMs))
        {
            feed.Replace(result, query.FromMs, query.ToMs);
        }
    }

    private static long WholeEveryMs(MetricQuery query) => Math.Clamp((query.ToMs - query.FromMs) / 60, 15_000, 600_000);
}
