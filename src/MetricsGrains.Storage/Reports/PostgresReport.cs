using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Reports;

/// <summary>Looks into a PostgreSQL store, beside the nodes that are using it. Writes nothing, and needs no right but SELECT.</summary>
public sealed class PostgresReport(string connectionString, TimeProvider time)
{
    /// <summary>A statement may read a whole table.</summary>
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromHours(1);

    /// <exception cref="StoreConfigurationException">There is no store, or it can't be reached as configured.</exception>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public async Task<StoreReport> ReadAsync(ReportScope scope, CancellationToken cancel)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = connectionString, ReadOnly = true, CommandTimeout = s_commandTimeout }, time);
        await database.OpenAsync((connection, stop) => new PostgresSchema(database.Name, readOnly: true, nowMs, Migration.All).PrepareAsync(connection, stop), cancel);
        return await database.ReadAsync((session, stop) => ReadAsync(session, database, scope, nowMs, stop), cancel);
    }

    private static async Task<StoreReport> ReadAsync(Session session, PostgresDatabase database, ReportScope scope, long nowMs, CancellationToken cancel)
    {
        // The locks come before the snapshot, as with every read.
        await session.RunAsync(PgTables.HoldAgainstDropping, cancel);
        await session.RunAsync(PgTables.HoldAnnotations, cancel);
        Dictionary<long, MetricReport> names = await NamesAsync(session, cancel);
        var tables = new List<TableReport>();
        var bytes = new Dictionary<PartitionKind, long>();
        var sizes = new MetricSizes();
        foreach (PartitionKind kind in Enum.GetValues<PartitionKind>())
        {
            bytes[kind] = await BytesAsync(session, kind, cancel);
            long? newest = scope.Rows ? await WeighAsync(session, kind, sizes, cancel) : null;
            tables.Add(await TableAsync(session, kind, scope, bytes[kind], newest, cancel));
        }
        long size = await session.NumberAsync("SELECT pg_database_size(current_database())", cancel);
        return new StoreReport(
            database.Server.Description, database.Name, nowMs, size, null, names.Count, names.Values.Sum(m => m.Series), tables,
            await DirtyAsync(session, PartitionKind.OneHour, cancel), await DirtyAsync(session, PartitionKind.OneDay, cancel),
            await session.NumberAsync("SELECT count(*) FROM partial_hour", cancel),
            CursorSummary.Of(await CursorTable.LoadAsync(session, null, cancel), nowMs), scope.Rows ? sizes.Biggest(names, bytes, scope.Top) : null, null);
    }

    private static async Task<TableReport> TableAsync(Session session, PartitionKind kind, ReportScope scope, long bytes, long? newest, CancellationToken cancel)
    {
        int partitions = (await Partitions.ListAsync(session, kind, cancel)).Count;
        long? partial = scope.Rows && kind == PartitionKind.OneMinute ? await PartialMinutesAsync(session, cancel) : null;
        // Annotations are few, and not counted as they are written.
        string counted = kind == PartitionKind.Annotation ? "SELECT count(*) AS rows, min(at) AS oldest FROM annotation" : "SELECT rows, oldest FROM row_count WHERE kind = $1";
        await using NpgsqlCommand command = session.Command(
            $"SELECT coalesce(sum(rows), 0)::bigint, min(oldest), (SELECT value FROM store_state WHERE key = $2) FROM ({counted}) AS counted WHERE $1 = $1", Small((int)kind), Text($"dropped_{(int)kind}"));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        long rows = reader.GetInt64(0);
        return new TableReport(
            ReportTables.NameOf(kind), partitions, rows, bytes, rows == 0 || reader.IsDBNull(1) ? null : PgTime.ToUnixMs(reader.GetFieldValue<long>(1)), newest,
            partial, reader.IsDBNull(2) ? null : reader.GetInt64(2), PgTables.KeptFor(scope.Retention, kind));
    }

    /// <summary>Of all partitions or chunks with their indexes and what is stored out of line, compressed or not.</summary>
    private static Task<long> BytesAsync(Session session, PartitionKind kind, CancellationToken cancel) => session.NumberAsync(
        session.Server.HasHypertables && kind != PartitionKind.Annotation
            ? $"SELECT hypertable_size('{PgTables.NameOf(kind)}')"
            : $"SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = '{PgTables.NameOf(kind)}'::regclass", cancel);

    /// <returns>Time of the newest row; null when there is none.</returns>
    private static async Task<long?> WeighAsync(Session session, PartitionKind kind, MetricSizes sizes, CancellationToken cancel)
    {
        // The stored size, compressed where it is: nothing is fetched from out of line.
        string sql = kind switch
        {
            PartitionKind.Annotation => "SELECT 0::bigint, count(*), coalesce(sum(pg_column_size(title) + pg_column_size(text) + pg_column_size(folded) + pg_column_size(tags)), 0)::bigint, max(at) FROM annotation HAVING count(*) > 0",
            PartitionKind.Raw or PartitionKind.BriefRaw =>
                $"SELECT metric_id, count(*), sum(pg_column_size(times) + pg_column_size(\"values\") + coalesce(pg_column_size(weights), 0))::bigint, max(max_ts) FROM {PgTables.NameOf(kind)} GROUP BY metric_id",
            _ => $"SELECT metric_id, count(*), coalesce(sum(pg_column_size(sketch)), 0)::bigint, max(bucket) FROM {PgTables.NameOf(kind)} GROUP BY metric_id",
        };
        long? newest = null;
        await using NpgsqlCommand command = session.Command(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            sizes.Add(kind, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            newest = Math.Max(newest ?? long.MinValue, PgTime.ToUnixMs(reader.GetFieldValue<long>(3)));
        }
        return newest;
    }

    /// <summary>Partial minutes are in hours that are to be derived or to be folded, and nowhere else.</summary>
    private static Task<long> PartialMinutesAsync(Session session, CancellationToken cancel) => session.NumberAsync(
        $"""
        SELECT coalesce(sum(n - 1), 0)::bigint FROM (
          SELECT count(*) AS n
          FROM (SELECT metric_id, bucket FROM partial_hour UNION SELECT metric_id, bucket FROM dirty_bucket WHERE kind = {(int)PartitionKind.OneHour}) AS h
          JOIN rollup_1m r ON r.metric_id = h.metric_id AND r.bucket >= h.bucket AND r.bucket < h.bucket + interval '1 hour'
          GROUP BY r.metric_id, r.bucket, r.series_id HAVING count(*) > 1) AS partial
        """, cancel);

    private static Task<long> DirtyAsync(Session session, PartitionKind kind, CancellationToken cancel) =>
        session.NumberAsync("SELECT count(*) FROM dirty_bucket WHERE kind = $1", cancel, Small((int)kind));

    private static async Task<Dictionary<long, MetricReport>> NamesAsync(Session session, CancellationToken cancel)
    {
        var names = new Dictionary<long, MetricReport>();
        await using NpgsqlCommand command = session.Command("SELECT id, name, kind, series_count, last_seen FROM metric");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            names.Add(reader.GetInt64(0), new MetricReport(
                reader.GetString(1), MetricKinds.NameOf((MetricKind)reader.GetInt16(2)), reader.GetInt64(3), 0, 0, 0, PgTime.ToUnixMs(reader.GetFieldValue<long>(4))));
        }
        return names;
    }
}
