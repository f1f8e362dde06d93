using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Reports;

/// <summary>Looks into a SQLite store, beside a node that is using it or without one. Writes nothing.</summary>
public sealed class SqliteReport(string path, TimeProvider time)
{
    /// <exception cref="StoreConfigurationException">There is no such store, or it is not one of ours.</exception>
    /// <exception cref="StoreUnavailableException">It can't be read.</exception>
    public Task<StoreReport> ReadAsync(ReportScope scope, CancellationToken cancel) => Task.Run(() => Read(scope, cancel), cancel);

    private StoreReport Read(ReportScope scope, CancellationToken cancel)
    {
        using SqliteConnection connection = SqliteFiles.OpenForReading(path);
        try
        {
            // One moment for all of it.
            connection.Execute("BEGIN");
            SqliteSchema.Metrics.CheckOurs(connection, path);
            return Read(connection, scope, cancel);
        }
        catch (SqliteException fault)
        {
            throw SqliteFaults.Map(fault, path);
        }
    }

    private StoreReport Read(SqliteConnection connection, ReportScope scope, CancellationToken cancel)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        string? integrity = scope.Check ? Integrity(connection) : null;
        // What is damaged may not be readable, and its sizes would mean nothing.
        bool reads = scope.Rows && (integrity is null or "ok");
        long page = connection.Scalar("PRAGMA page_size"), free = connection.Scalar("PRAGMA freelist_count") * page;
        long used = (connection.Scalar("PRAGMA page_count") * page) - free;
        List<Partition> partitions = Partitions.Load(connection);
        var sizes = new MetricSizes();
        var partial = new Dictionary<PartitionKind, long>();
        foreach (Partition partition in reads ? partitions : [])
        {
            partial[partition.Kind] = partial.GetValueOrDefault(partition.Kind) + Weigh(connection, partition, sizes, cancel);
        }
        Dictionary<long, MetricReport> names = Names(connection);
        // What is left of the file is the catalog; the rows' share is what they hold of both.
        double held = Enum.GetValues<PartitionKind>().Sum(sizes.HeldBy) + CatalogBytes(connection);
        var bytes = Enum.GetValues<PartitionKind>().ToDictionary(k => k, k => (long)(used * (sizes.HeldBy(k) / Math.Max(1, held))));
        return new StoreReport(
            $"SQLite {raw.sqlite3_libversion().utf8_to_string()}", path, nowMs, SizeOf(path) + SizeOf(path + "-wal"), free, names.Count, names.Values.Sum(m => m.Series),
            [.. Enum.GetValues<PartitionKind>().Select(k => Table(connection, k, partitions, scope.Retention, reads ? (bytes[k], partial.GetValueOrDefault(k)) : null))],
            Dirty(connection, PartitionKind.OneHour), Dirty(connection, PartitionKind.OneDay), null,
            CursorSummary.Of(CursorTable.Load(connection), nowMs), reads ? sizes.Biggest(names, bytes, scope.Top) : null,
            integrity);
    }

    private static TableReport Table(SqliteConnection connection, PartitionKind kind, List<Partition> partitions, Retention retention, (long Bytes, long Partial)? read)
    {
        Partition[] those = [.. partitions.Where(p => p.Kind == kind)];
        Partition[] filled = [.. those.Where(p => p.Rows > 0)];
        long dropped = Partitions.DroppedThrough(connection, kind);
        return new TableReport(
            ReportTables.NameOf(kind), those.Length, those.Sum(p => p.Rows), read?.Bytes,
            filled.Length == 0 ? null : filled.Min(p => p.MinMs), filled.Length == 0 ? null : filled.Max(p => p.MaxMs),
            HasBuckets(kind) ? read?.Partial : null, dropped == long.MinValue ? null : dropped, SqliteRetention.Of(retention, kind));
    }

    /// <returns>Partial rows: those beyond one a series and bucket.</returns>
    private static long Weigh(SqliteConnection connection, Partition partition, MetricSizes sizes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!HasBuckets(partition.Kind))
        {
            using var groups = new Statement(connection, partition.Kind == PartitionKind.Annotation
                ? $"SELECT 0, count(*), coalesce(sum(2 * length(title) + 2 * length(text) + length(tags) + length(canonical)), 0) FROM {partition.Name}"
                : $"SELECT metric_id, count(*), sum(length(block)) FROM {partition.Name} GROUP BY metric_id");
            while (groups.Step())
            {
                sizes.Add(partition.Kind, groups.Int64(0), groups.Int64(1), groups.Int64(2));
            }
            return 0;
        }
        // In the order of the key, so that the partial rows of a bucket are neighbours.
        using var rows = new Statement(connection, $"SELECT metric_id, bucket, series_id, coalesce(length(sketch), 0) FROM {partition.Name} ORDER BY metric_id, bucket, series_id, seq");
        (long Metric, long Bucket, long Series) last = default;
        long count = 0, bytes = 0, partial = 0;
        while (rows.Step())
        {
            var row = (Metric: rows.Int64(0), Bucket: rows.Int64(1), Series: rows.Int64(2));
            if (row.Metric != last.Metric && count > 0)
            {
                cancel.ThrowIfCancellationRequested();
                sizes.Add(partition.Kind, last.Metric, count, bytes);
                (count, bytes) = (0, 0);
            }
            partial += row == last ? 1 : 0;
            count++;
            bytes += rows.Int64(3);
            last = row;
        }
        sizes.Add(partition.Kind, last.Metric, count, bytes);
        return partial;
    }

    private static bool HasBuckets(PartitionKind kind) => kind is PartitionKind.OneMinute or PartitionKind.OneHour or PartitionKind.OneDay;

    private static Dictionary<long, MetricReport> Names(SqliteConnection connection)
    {
        var names = new Dictionary<long, MetricReport>();
        using var statement = new Statement(connection, "SELECT id, name, kind, series_count, last_seen FROM metric");
        while (statement.Step())
        {
            names.Add(statement.Int64(0), new MetricReport(statement.Text(1), MetricKinds.NameOf((MetricKind)statement.Int64(2)), statement.Int64(3), 0, 0, 0, statement.Int64(4)));
        }
        return names;
    }

    /// <summary>Series stand in their table and in two indexes, once with their tags in each of the big ones.</summary>
    private static long CatalogBytes(SqliteConnection connection) => connection.Scalar("SELECT coalesce(sum(2 * length(tags) + length(tags_json) + 80), 0) FROM series");

    private static long Dirty(SqliteConnection connection, PartitionKind kind) => connection.Scalar($"SELECT count(*) FROM dirty_bucket WHERE kind = {(int)kind}");

    private static string Integrity(SqliteConnection connection)
    {
        var said = new List<string>();
        try
        {
            using var statement = new Statement(connection, "PRAGMA quick_check(20)");
            while (statement.Step())
            {
                said.Add(statement.Text(0));
            }
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == raw.SQLITE_CORRUPT)
        {
            // So damaged that even the check can't go on.
            said.Add(fault.Message);
        }
        return string.Join("; ", said);
    }

    private static long SizeOf(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;
}
