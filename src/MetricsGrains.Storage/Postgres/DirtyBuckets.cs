using MetricsGrains.Storage.Common;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>The hours and days whose derived rows are not what the minutes say.</summary>
internal static class DirtyBuckets
{
    private const string UnixMs = "(extract(epoch FROM bucket) * 1000)::bigint";

    public static async Task MarkAsync(Session session, PartitionKind kind, IReadOnlyCollection<(long MetricId, long BucketMs)> buckets, CancellationToken cancel)
    {
        if (buckets.Count > 0)
        {
            await session.RunAsync(
                "INSERT INTO dirty_bucket SELECT $1, * FROM unnest($2, $3) ON CONFLICT DO NOTHING", cancel,
                Small((int)kind), Numbers([.. buckets.Select(b => b.MetricId)]), Times([.. buckets.Select(b => b.BucketMs)]));
        }
    }

    /// <summary>A metric's dirty buckets that start in [from, to), in time order.</summary>
    public static async Task<List<long>> OfAsync(Session session, PartitionKind kind, long metricId, long fromMs, long toMs, CancellationToken cancel) =>
        await session.NumbersAsync(
            $"SELECT {UnixMs} FROM dirty_bucket WHERE kind = $1 AND metric_id = $2 AND bucket >= $3 AND bucket < $4 ORDER BY bucket", cancel,
            Small((int)kind), Number(metricId), Time(fromMs), Time(toMs));

    /// <summary>Metrics with dirty buckets that start in [from, to), at most <paramref name="limit"/>.</summary>
    public static Task<List<long>> MetricsAsync(Session session, PartitionKind kind, long fromMs, long toMs, int limit, CancellationToken cancel) =>
        session.NumbersAsync(
            "SELECT DISTINCT metric_id FROM dirty_bucket WHERE kind = $1 AND bucket >= $2 AND bucket < $3 ORDER BY 1 LIMIT $4", cancel,
            Small((int)kind), Time(fromMs), Time(toMs), Number(limit));
}
