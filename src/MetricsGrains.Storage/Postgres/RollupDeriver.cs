using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Derives one metric's hours from minutes and days from hours within one transaction that holds the metric's row lock: for
/// each series the merge of its rows, replacing what was derived before.
/// </summary>
internal sealed class RollupDeriver
{
    private readonly Session _session;
    private readonly long _metricId;
    private readonly Dictionary<long, MetricKind> _kinds;
    private readonly CancellationToken _cancel;

    private RollupDeriver(Session session, long metricId, Dictionary<long, MetricKind> kinds, CancellationToken cancel)
    {
        _session = session;
        _metricId = metricId;
        _kinds = kinds;
        _cancel = cancel;
    }

    /// <summary>Rows read so far: what bounds a transaction.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Waits until nobody else writes the metric, and keeps it so.</summary>
    /// <returns>Null: the metric is gone.</returns>
    public static async Task<RollupDeriver?> LockAsync(Session session, long metricId, CancellationToken cancel)
    {
        if (await session.NumberAsync("SELECT id FROM metric WHERE id = $1 FOR UPDATE", cancel, Number(metricId)) == 0)
        {
            return null;
        }
        var kinds = new Dictionary<long, MetricKind>();
        await using NpgsqlCommand command = session.Command("SELECT id, kind FROM series WHERE metric_id = $1", Number(metricId));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            kinds.Add(reader.GetInt64(0), (MetricKind)reader.GetInt16(1));
        }
        return new RollupDeriver(session, metricId, kinds, cancel);
    }

    /// <summary>Derives dirty buckets that start in [from, to), until the transaction has become long.</summary>
    /// <returns>How many buckets were derived.</returns>
    public async Task<int> DeriveAsync(PartitionKind kind, long fromMs, long toMs, long maxRows)
    {
        int derived = 0;
        foreach (long bucket in await DirtyBuckets.OfAsync(_session, kind, _metricId, fromMs, toMs, _cancel))
        {
            derived += await DeriveAsync(kind, bucket);
            if (RowsRead > maxRows)
            {
                break;
            }
        }
        return derived;
    }

    /// <summary>Merges the partial rows of an hour's minutes.</summary>
    /// <returns>How many rows there are fewer.</returns>
    public async Task<long> FoldAsync(long hourMs)
    {
        var minutes = new SortedDictionary<long, (RollupMerge Merge, long Rows)>();
        var range = new StoredRange(PartitionKind.OneMinute, hourMs, hourMs + Resolution.OneHour);
        await RollupScan.ReadAsync(_session, _metricId, range, wanted: null, sketches: true, (long series, long bucket, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch) =>
        {
            RowsRead++;
            (RollupMerge merge, long rows) = minutes.TryGetValue(bucket, out (RollupMerge, long) known) ? known : (new RollupMerge(bucket, _kinds), 0);
            merge.Take(series, aggregate, sketch);
            minutes[bucket] = (merge, rows + 1);
        }, _cancel);
        long folded = 0;
        (RollupMerge Merge, long Rows)[] partial = [.. minutes.Values.Where(m => m.Merge.SeriesCount < m.Rows)];
        if (partial.Length > 0)
        {
            folded = await ReplaceAsync(PartitionKind.OneMinute, [.. partial.Select(p => p.Merge)]);
        }
        await _session.RunAsync("DELETE FROM partial_hour WHERE metric_id = $1 AND bucket = $2", _cancel, Number(_metricId), Time(hourMs));
        return folded;
    }

    /// <summary>Derives one dirty bucket. A day's hours that are still dirty are derived first.</summary>
    private async Task<int> DeriveAsync(PartitionKind kind, long bucketMs)
    {
        int derived = 1;
        long end = bucketMs + PartitionSpan.BucketOf(kind);
        if (kind == PartitionKind.OneDay)
        {
            foreach (long hour in await DirtyBuckets.OfAsync(_session, PartitionKind.OneHour, _metricId, bucketMs, end, _cancel))
            {
                derived += await DeriveAsync(PartitionKind.OneHour, hour);
            }
        }
        var merge = new RollupMerge(bucketMs, _kinds);
        (long Series, long Bucket) last = (0, 0);
        bool partial = false;
        await RollupScan.ReadAsync(_session, _metricId, new StoredRange(kind - 1, bucketMs, end), wanted: null, sketches: true, (long series, long bucket, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch) =>
        {
            RowsRead++;
            partial |= last == (series, bucket);
            last = (series, bucket);
            merge.Take(series, aggregate, sketch);
        }, _cancel);
        await ReplaceAsync(kind, [merge]);
        await _session.RunAsync("DELETE FROM dirty_bucket WHERE kind = $1 AND metric_id = $2 AND bucket = $3", _cancel, Small((int)kind), Number(_metricId), Time(bucketMs));
        if (partial && kind == PartitionKind.OneHour)
        {
            await _session.RunAsync("INSERT INTO partial_hour VALUES ($1, $2) ON CONFLICT DO NOTHING", _cancel, Number(_metricId), Time(bucketMs));
        }
        return derived;
    }

    /// <returns>How many rows there are fewer.</returns>
    private async Task<long> ReplaceAsync(PartitionKind kind, RollupMerge[] merges)
    {
        await Partitions.EnsureAsync(_session, merges.Select(m => PartitionSpan.Holding(kind, m.BucketMs)).ToHashSet(), _cancel);
        if (_session.Server.HasColumnstore)
        {
            // Late data may be in compressed chunks, where rows are taken out by the batch; the limit is for careless users.
            await _session.RunAsync("SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0", _cancel);
        }
        var counts = new RowCounts(kind);
        long deleted = 0, written = 0;
        foreach (RollupMerge merge in merges)
        {
            int rows = await _session.RunAsync($"DELETE FROM {PgTables.NameOf(kind)} WHERE metric_id = $1 AND bucket = $2", _cancel, Number(_metricId), Time(merge.BucketMs));
            deleted += rows;
            if (rows > 0)
            {
                counts.Add(merge.BucketMs, -rows);
            }
        }
        await counts.WriteAsync(_session, _cancel);
        await using RollupCopy copy = await RollupCopy.BeginAsync(_session, kind, _cancel);
        foreach (RollupMerge merge in merges)
        {
            foreach ((SeriesEntryKey series, WindowAggregate aggregate, byte[]? sketch) in merge.Rows())
            {
                await copy.WriteAsync(_metricId, series, merge.BucketMs, 0, aggregate, sketch, _cancel);
                written++;
            }
        }
        await copy.CompleteAsync(_session, _cancel);
        return deleted - written;
    }
}
