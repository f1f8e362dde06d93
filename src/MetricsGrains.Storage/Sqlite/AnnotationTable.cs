using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Annotations, a table a month.</summary>
internal static class AnnotationTable
{
    public static string Definition(string name) => $"""
        CREATE TABLE {name} (
          at INTEGER NOT NULL, id BLOB NOT NULL, level TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, host TEXT NOT NULL, source TEXT NOT NULL,
          aggregation_key TEXT NOT NULL, tags TEXT NOT NULL, canonical BLOB NOT NULL, folded TEXT NOT NULL,
          PRIMARY KEY (at, id)
        ) WITHOUT ROWID;
        """;

    /// <summary>Inside a transaction.</summary>
    public static void Append(SqliteConnection connection, IReadOnlyList<Annotation> annotations)
    {
        foreach (IGrouping<PartitionSpan, Annotation> month in annotations.GroupBy(a => PartitionSpan.Holding(PartitionKind.Annotation, a.UnixMs)))
        {
            string table = month.Key.TableName;
            Partitions.Ensure(connection, month.Key);
            using var insert = new Statement(connection, $"INSERT OR IGNORE INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
            long rows = 0;
            foreach (Annotation a in month)
            {
                rows += insert.Bind(1, a.UnixMs).Bind(2, a.Id.ToByteArray(bigEndian: true)).Bind(3, a.Level).Bind(4, a.Title).Bind(5, a.Text).Bind(6, a.Host).Bind(7, a.Source)
                    .Bind(8, a.AggregationKey).Bind(9, TagsJson.Of(a.Tags)).Bind(10, a.Tags.Canonical).Bind(11, AnnotationText.Fold(a)).Run();
            }
            Partitions.Count(connection, table, rows, month.Min(a => a.UnixMs), month.Max(a => a.UnixMs), 0);
        }
    }

    public static List<Annotation> Read(SqliteConnection connection, AnnotationQuery query, CancellationToken cancel)
    {
        var found = new List<Annotation>();
        foreach (Partition partition in Partitions.Overlapping(Partitions.Load(connection), PartitionKind.Annotation, query.FromMs, query.ToMs).Reverse())
        {
            using var select = new Statement(connection, $"""
                SELECT at, id, level, title, text, host, source, aggregation_key, canonical FROM {partition.Name}
                WHERE at >= ?1 AND at < ?2 AND (at, id) < (?3, ?4) AND instr(folded, ?5) > 0 ORDER BY at DESC, id DESC
                """);
            select.Bind(1, query.FromMs).Bind(2, query.ToMs).Bind(3, query.Before.UnixMs).Bind(4, query.Before.Id.ToByteArray(bigEndian: true)).Bind(5, AnnotationText.Fold(query.Text));
            while (found.Count < query.Limit && select.Step())
            {
                cancel.ThrowIfCancellationRequested();
                Annotation annotation = Annotation(select);
                if (query.Matches(annotation))
                {
                    found.Add(annotation);
                }
            }
        }
        return found;
    }

    private static Annotation Annotation(Statement row) => new(
        new Guid(row.Blob(1), bigEndian: true), row.Int64(0), row.Text(3), row.Text(4), row.Text(2), row.Text(5), row.Text(6), row.Text(7), TagSet.FromCanonical(row.Blob(8)));
}
