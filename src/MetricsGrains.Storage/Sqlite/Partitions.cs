using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The partitions' register, and the making and dropping of their tables.</summary>
internal static class Partitions
{
    public static List<Partition> Load(SqliteConnection connection)
    {
        using var statement = new Statement(connection, "SELECT name, kind, start_ms, end_ms, min_ms, max_ms, max_span_ms, row_count FROM table_partition ORDER BY start_ms");
        var partitions = new List<Partition>();
        while (statement.Step())
        {
            partitions.Add(new Partition(
                statement.Text(0), (PartitionKind)statement.Int64(1), statement.Int64(2), statement.Int64(3),
                statement.Int64(4), statement.Int64(5), statement.Int64(6), statement.Int64(7)));
        }
        return partitions;
    }

    /// <summary>Those of a kind with rows in [from, to), oldest first.</summary>
    public static IEnumerable<Partition> Overlapping(IEnumerable<Partition> partitions, PartitionKind kind, long fromMs, long toMs) =>
        partitions.Where(p => p.Kind == kind && p.MinMs < toMs && p.MaxMs >= fromMs);

    /// <summary>Makes the table when it is not there. Inside a transaction.</summary>
    public static void Ensure(SqliteConnection connection, PartitionSpan span)
    {
        string name = span.TableName;
        using (var find = new Statement(connection, "SELECT 1 FROM table_partition WHERE name = ?1"))
        {
            if (find.Bind(1, name).Step())
            {
                return;
            }
        }
        connection.Execute(span.Kind switch
        {
            PartitionKind.Raw or PartitionKind.BriefRaw => RawTable(name),
            PartitionKind.Annotation => AnnotationTable.Definition(name),
            _ => RollupTable(name),
        });
        using (var add = new Statement(connection, "INSERT INTO table_partition VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)"))
        {
            add.Bind(1, name).Bind(2, (long)span.Kind).Bind(3, span.StartMs).Bind(4, span.EndMs).Bind(5, long.MaxValue).Bind(6, long.MinValue).Run();
        }
        SqliteViews.Rebuild(connection, span.Kind);
    }

    /// <summary>Drops the table and remembers that what came before its end is no longer complete.</summary>
    public static void Drop(SqliteConnection connection, Partition partition)
    {
        using (var forget = new Statement(connection, "DELETE FROM table_partition WHERE name = ?1"))
        {
            forget.Bind(1, partition.Name).Run();
        }
        // The views name the table, so they are remade before it goes.
        SqliteViews.Rebuild(connection, partition.Kind);
        connection.Execute($"DROP TABLE {partition.Name}");
        if (partition.EndMs > DroppedThrough(connection, partition.Kind))
        {
            connection.WriteState(DroppedKey(partition.Kind), partition.EndMs);
        }
    }

    /// <summary>Rows of this kind before the time given back have been dropped, at least some of them. Always a partition's end.</summary>
    public static long DroppedThrough(SqliteConnection connection, PartitionKind kind) => connection.ReadState(DroppedKey(kind), long.MinValue);

    /// <summary>Takes note of rows added or removed.</summary>
    public static void Count(SqliteConnection connection, string name, long rows, long minMs, long maxMs, long spanMs)
    {
        using var statement = new Statement(connection, """
            UPDATE table_partition SET row_count = row_count + ?2, min_ms = min(min_ms, ?3), max_ms = max(max_ms, ?4), max_span_ms = max(max_span_ms, ?5)
            WHERE name = ?1
            """);
        statement.Bind(1, name).Bind(2, rows).Bind(3, minMs).Bind(4, maxMs).Bind(5, spanMs).Run();
    }

    private static string DroppedKey(PartitionKind kind) => $"dropped_{(int)kind}";

    // Clustered by metric, then time: a flush writes one run of neighbouring rows a metric and minute, and a query of a metric
    // reads runs; a query of few of its series seeks them in every bucket. seq tells partial rows apart and orders them.
    private static string RollupTable(string name) => $"""
        CREATE TABLE {name} (
          metric_id INTEGER NOT NULL, bucket INTEGER NOT NULL, series_id INTEGER NOT NULL, seq INTEGER NOT NULL,
          count REAL, sum REAL, min REAL, max REAL, last REAL, last_at INTEGER NOT NULL, increase REAL,
          p50 REAL, p95 REAL, p99 REAL, sketch BLOB,
          PRIMARY KEY (metric_id, bucket, series_id, seq)
        ) WITHOUT ROWID;
        """;

    // Blocks are bigger than rows; as a rowid table they lie in the order of writing, found through a narrow index.
    private static string RawTable(string name) => $"""
        CREATE TABLE {name} (
          id INTEGER PRIMARY KEY, metric_id INTEGER NOT NULL, series_id INTEGER NOT NULL,
          min_ts INTEGER NOT NULL, max_ts INTEGER NOT NULL, count INTEGER NOT NULL, block BLOB NOT NULL
        );
        CREATE INDEX {name}_by_metric ON {name} (metric_id, min_ts, series_id, max_ts);
        """;
}
