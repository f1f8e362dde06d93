using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Lists what is stored.</summary>
internal static class CatalogReader
{
    private const string Columns = "name, kind, unit, series_count, last_seen";

    public static List<StoredMetric> ListMetrics(SqliteConnection connection, string contains, string after, int limit)
    {
        // instr over folded names rather than LIKE: no escaping, and not only ASCII letters have cases.
        using var statement = new Statement(connection, $"SELECT {Columns} FROM metric WHERE name > ?1 AND instr(folded, ?2) > 0 ORDER BY name LIMIT ?3");
        statement.Bind(1, after).Bind(2, contains.ToUpperInvariant()).Bind(3, limit);
        var metrics = new List<StoredMetric>();
        while (statement.Step())
        {
            metrics.Add(Metric(statement));
        }
        return metrics;
    }

    public static StoredMetric? FindMetric(SqliteConnection connection, string metric)
    {
        using var statement = new Statement(connection, $"SELECT {Columns} FROM metric WHERE name = ?1");
        return statement.Bind(1, metric).Step() ? Metric(statement) : null;
    }

    public static List<SeriesDefinition> ListSeries(SqliteConnection connection, string metric, int limit)
    {
        using var statement = new Statement(connection, """
            SELECT s.series_hash, s.kind, m.unit, s.tags, s.first_seen, s.last_seen
            FROM metric m JOIN series s ON s.metric_id = m.id WHERE m.name = ?1 ORDER BY s.tags, s.kind LIMIT ?2
            """);
        statement.Bind(1, metric).Bind(2, limit);
        var series = new List<SeriesDefinition>();
        while (statement.Step())
        {
            series.Add(new SeriesDefinition(
                new SeriesId(unchecked((ulong)statement.Int64(0))), metric, (MetricKind)statement.Int64(1), statement.Text(2),
                TagSet.FromCanonical(statement.Blob(3)), statement.Int64(4), statement.Int64(5)));
        }
        return series;
    }

    public static StoreStatus Status(SqliteConnection connection, string path)
    {
        List<Partition> partitions = Partitions.Load(connection);
        IEnumerable<Partition> filled = partitions.Where(p => p.Rows > 0 && p.Kind != PartitionKind.Annotation);
        return new StoreStatus(
            $"SQLite {raw.sqlite3_libversion().utf8_to_string()}, {path}",
            SizeOf(path) + SizeOf(path + "-wal"),
            partitions.Where(p => p.Kind == PartitionKind.OneMinute).Sum(p => p.Rows),
            partitions.Where(p => p.Kind is PartitionKind.Raw or PartitionKind.BriefRaw).Sum(p => p.Rows),
            connection.Scalar("SELECT sum(series_count) FROM metric"),
            filled.Any() ? filled.Min(p => p.MinMs) : null);
    }

    private static long SizeOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static StoredMetric Metric(Statement statement) =>
        new(statement.Text(0), (MetricKind)statement.Int64(1), statement.Text(2), statement.Int64(3), statement.Int64(4));
}
