using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// The views for people with a SQL prompt: metric_rollup_1m, _1h, _1d and annotation over all partitions. Partial rows are merged; the
/// percentiles of a bucket that still has several are null, for they can't be merged in SQL. There is no metric_points: raw
/// blocks are compressed blobs, which plain SQLite can't unnest.
/// </summary>
internal static class SqliteViews
{
    /// <summary>SQLite takes at most 500 arms in a compound select; older partitions are left out of the view beyond that.</summary>
    private const int MaxArms = 400;

    public static void Rebuild(SqliteConnection connection, PartitionKind kind)
    {
        if (kind is PartitionKind.Raw or PartitionKind.BriefRaw)
        {
            return;
        }
        string view = (kind == PartitionKind.Annotation ? "" : "metric_") + PartitionSpan.Prefix(kind).TrimEnd('_');
        connection.Execute($"DROP VIEW IF EXISTS {view}");
        List<string> tables = Partitions.Load(connection).Where(p => p.Kind == kind).Select(p => p.Name).ToList();
        if (tables.Count == 0)
        {
            return;
        }
        if (kind == PartitionKind.Annotation)
        {
            connection.Execute($"CREATE VIEW {view} AS {string.Join(" UNION ALL ", tables.TakeLast(MaxArms).Select(t => $"SELECT at, level, title, text, host, source, aggregation_key, tags FROM {t}"))}");
            return;
        }
        string arms = string.Join(" UNION ALL ", tables.TakeLast(MaxArms).Select(t => $"SELECT * FROM {t}"));
        connection.Execute($"""
            CREATE VIEW {view} AS
            SELECT m.name AS metric_name, s.tags_json AS tags, r.bucket AS bucket,
              min(r.min) AS min_val, max(r.max) AS max_val, sum(r.sum) / sum(r.count) AS avg_val, sum(r.sum) AS sum_val, sum(r.count) AS count_val,
              CASE count(*) WHEN 1 THEN max(r.p50) END AS p50, CASE count(*) WHEN 1 THEN max(r.p95) END AS p95, CASE count(*) WHEN 1 THEN max(r.p99) END AS p99
            FROM ({arms}) r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id
            GROUP BY r.metric_id, r.bucket, r.series_id
            """);
    }
}
