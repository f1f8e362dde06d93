using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Makes, lists and drops the stretches of time that tables are cut into: partitions of our own, or TimescaleDB's chunks.</summary>
internal static class Partitions
{
    // When raw blocks that are kept for a time of their own go can't be foreseen, and most stores have none.
    private static readonly PartitionKind[] s_foreseen = [PartitionKind.OneMinute, PartitionKind.OneHour, PartitionKind.OneDay, PartitionKind.Raw];

    /// <summary>Those of now and of a day ahead, so that the first flush of a day does not have to make them.</summary>
    public static HashSet<PartitionSpan> Around(long nowMs) =>
        [.. from kind in s_foreseen from ahead in new[] { 0, Resolution.OneDay } select PartitionSpan.Holding(kind, nowMs + ahead)];

    /// <summary>Makes those that are missing. Call before rows are locked.</summary>
    public static Task EnsureAsync(Session session, IReadOnlySet<PartitionSpan> spans, CancellationToken cancel) =>
        // TimescaleDB makes its chunks by itself.
        NativePartitions.MakeMissingAsync(session, [.. spans.Where(s => !IsHypertable(session, s.Kind)).Select(NativeOf)], cancel);

    /// <summary>The stretches of one kind that exist, oldest first.</summary>
    public static async Task<List<PartitionSpan>> ListAsync(Session session, PartitionKind kind, CancellationToken cancel)
    {
        var spans = new List<PartitionSpan>();
        string sql = IsHypertable(session, kind)
            ? "SELECT range_start, range_end FROM timescaledb_information.chunks WHERE hypertable_schema = current_schema() AND hypertable_name = $1 ORDER BY 1"
            // Bounds as they were written: FOR VALUES FROM ('…') TO ('…').
            : """
              SELECT (b.bounds)[1]::timestamptz, (b.bounds)[2]::timestamptz
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
                LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS b(bounds)
              WHERE i.inhparent = to_regclass($1) AND b.bounds IS NOT NULL ORDER BY 1
              """;
        await using NpgsqlCommand command = session.Command(sql, Text(PgTables.NameOf(kind)));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            spans.Add(new PartitionSpan(kind, PgTime.ToUnixMs(reader.GetFieldValue<long>(0)), PgTime.ToUnixMs(reader.GetFieldValue<long>(1))));
        }
        return spans;
    }

    /// <summary>Drops one that <see cref="ListAsync"/> gave and that is the oldest, once no read uses the table.</summary>
    public static async Task DropAsync(Session session, PartitionSpan span, CancellationToken cancel)
    {
        string parent = PgTables.NameOf(span.Kind);
        await NativePartitions.LockAsync(session, parent, cancel);
        if (IsHypertable(session, span.Kind))
        {
            await session.RunAsync("SELECT drop_chunks(to_regclass($1), older_than => $2)", cancel, Text(parent), Time(span.EndMs));
        }
        else
        {
            await session.RunAsync($"DROP TABLE {span.TableName}", cancel);
        }
    }

    /// <summary>Annotations are too few to be worth it.</summary>
    private static bool IsHypertable(Session session, PartitionKind kind) => session.Server.HasHypertables && kind != PartitionKind.Annotation;

    private static NativePartition NativeOf(PartitionSpan span) =>
        new(PgTables.NameOf(span.Kind), span.TableName, DateTimeOffset.FromUnixTimeMilliseconds(span.StartMs), DateTimeOffset.FromUnixTimeMilliseconds(span.EndMs));
}
