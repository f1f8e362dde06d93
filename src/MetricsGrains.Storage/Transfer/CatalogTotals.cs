using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Adds up the small tables of either store: what metrics, series and cursors there are, what is to be derived, what was dropped.</summary>
internal static class CatalogTotals
{
    public static RowTotals Metrics(SqliteConnection source)
    {
        using var statement = new Statement(source, $"SELECT {MetricStep.Columns} FROM metric");
        var totals = new RowTotals();
        while (statement.Step())
        {
            Add(totals, RowHash.Of([statement.Int64(0), statement.Int64(3), statement.Int64(5), statement.Int64(6), RowHash.Time(statement.Int64(7))], statement.Text(1), statement.Text(2), statement.Text(4)));
        }
        return totals;
    }

    public static Task<RowTotals> MetricsAsync(Session target, CancellationToken cancel) => ReadAsync(
        target, $"SELECT {MetricStep.Columns} FROM metric",
        r => RowHash.Of([r.GetInt64(0), r.GetInt16(3), r.GetInt64(5), r.GetInt64(6), r.GetFieldValue<long>(7)], r.GetString(1), r.GetString(2), r.GetString(4)), cancel);

    public static RowTotals Series(SqliteConnection source)
    {
        using var statement = new Statement(source, "SELECT id, metric_id, series_hash, kind, first_seen, last_seen, tags FROM series");
        var totals = new RowTotals();
        while (statement.Step())
        {
            Add(totals, RowHash.Of(
                [statement.Int64(0), statement.Int64(1), statement.Int64(2), statement.Int64(3), RowHash.Time(statement.Int64(4)), RowHash.Time(statement.Int64(5))], statement.Blob(6)));
        }
        return totals;
    }

    public static Task<RowTotals> SeriesAsync(Session target, CancellationToken cancel) => ReadAsync(
        target, "SELECT id, metric_id, series_hash, kind, first_seen, last_seen, canonical FROM series",
        r => RowHash.Of([r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt16(3), r.GetFieldValue<long>(4), r.GetFieldValue<long>(5)], r.GetFieldValue<byte[]>(6)), cancel);

    public static RowTotals Cursors(IEnumerable<FlushCursor> cursors)
    {
        var totals = new RowTotals();
        foreach (FlushCursor c in cursors)
        {
            Add(totals, RowHash.Of([(long)c.Stream, unchecked((long)c.ReplayFrom), unchecked((long)c.AppliedThrough), c.OpenFromMs], c.Metric, c.Origin));
        }
        return totals;
    }

    public static RowTotals Dirty(SqliteConnection source)
    {
        using var statement = new Statement(source, "SELECT kind, metric_id, bucket FROM dirty_bucket");
        var totals = new RowTotals();
        while (statement.Step())
        {
            Add(totals, RowHash.Of([statement.Int64(0), statement.Int64(1), RowHash.Time(statement.Int64(2))]));
        }
        return totals;
    }

    public static Task<RowTotals> DirtyAsync(Session target, CancellationToken cancel) => ReadAsync(
        target, "SELECT kind, metric_id, bucket FROM dirty_bucket", r => RowHash.Of([r.GetInt16(0), r.GetInt64(1), r.GetFieldValue<long>(2)]), cancel);

    public static RowTotals Dropped(SqliteConnection source)
    {
        var totals = new RowTotals();
        foreach (PartitionKind kind in Enum.GetValues<PartitionKind>())
        {
            if (Sqlite.Partitions.DroppedThrough(source, kind) is var dropped and not long.MinValue)
            {
                Add(totals, RowHash.Of([dropped], $"dropped_{(int)kind}"));
            }
        }
        return totals;
    }

    public static Task<RowTotals> DroppedAsync(Session target, CancellationToken cancel) => ReadAsync(
        target, "SELECT key, value FROM store_state", r => RowHash.Of([r.GetInt64(1)], r.GetString(0)), cancel);

    private static async Task<RowTotals> ReadAsync(Session target, string sql, Func<NpgsqlDataReader, ulong> hash, CancellationToken cancel)
    {
        var totals = new RowTotals();
        await using NpgsqlCommand command = target.Command(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            Add(totals, hash(reader));
        }
        return totals;
    }

    private static void Add(RowTotals totals, ulong hash) => totals.Add(hash, 0, 0);
}
