using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The hours and days whose derived rows are not what the minutes say.</summary>
internal static class DirtyBuckets
{
    public static void Mark(SqliteConnection connection, PartitionKind kind, long metricId, IEnumerable<long> buckets)
    {
        using var mark = new Statement(connection, "INSERT OR IGNORE INTO dirty_bucket VALUES (?1, ?2, ?3)");
        foreach (long bucket in buckets)
        {
            mark.Bind(1, (long)kind).Bind(2, metricId).Bind(3, bucket).Run();
        }
    }

    public static void Clear(SqliteConnection connection, PartitionKind kind, long metricId, long bucket)
    {
        using var clear = new Statement(connection, "DELETE FROM dirty_bucket WHERE kind = ?1 AND metric_id = ?2 AND bucket = ?3");
        clear.Bind(1, (long)kind).Bind(2, metricId).Bind(3, bucket).Run();
    }

    /// <summary>A metric's dirty buckets that start in [from, to), in time order.</summary>
    public static List<long> Of(SqliteConnection connection, PartitionKind kind, long metricId, long fromMs, long toMs)
    {
        using var statement = new Statement(connection, "SELECT bucket FROM dirty_bucket WHERE kind = ?1 AND metric_id = ?2 AND bucket >= ?3 AND bucket < ?4 ORDER BY bucket");
        statement.Bind(1, (long)kind).Bind(2, metricId).Bind(3, fromMs).Bind(4, toMs);
        var buckets = new List<long>();
        while (statement.Step())
        {
            buckets.Add(statement.Int64(0));
        }
        return buckets;
    }

    /// <summary>Dirty buckets of all metrics that start in [from, to), metric by metric, at most <paramref name="limit"/>.</summary>
    public static List<(long MetricId, long BucketMs)> All(SqliteConnection connection, PartitionKind kind, long fromMs, long toMs, int limit)
    {
        using var statement = new Statement(connection, "SELECT metric_id, bucket FROM dirty_bucket WHERE kind = ?1 AND bucket >= ?2 AND bucket < ?3 ORDER BY metric_id, bucket LIMIT ?4");
        statement.Bind(1, (long)kind).Bind(2, fromMs).Bind(3, toMs).Bind(4, limit);
        var buckets = new List<(long, long)>();
        while (statement.Step())
        {
            buckets.Add((statement.Int64(0), statement.Int64(1)));
        }
        return buckets;
    }
}
