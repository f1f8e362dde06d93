using MetricsGrains.Storage.Common;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Drops what is older than its retention, within one transaction each.</summary>
internal static class PostgresRetention
{
    /// <summary>Drops the oldest partition of a kind that lies wholly before the cutoff.</summary>
    /// <returns>False: there is none.</returns>
    public static async Task<bool> TryDropOldestAsync(Session session, PartitionKind kind, long cutoffMs, CancellationToken cancel)
    {
        await StoreState.BeginDropAsync(session, cancel);
        List<PartitionSpan> partitions = await Partitions.ListAsync(session, kind, cancel);
        if (partitions.Count == 0 || partitions[0].EndMs > cutoffMs)
        {
            return false;
        }
        PartitionSpan span = partitions[0];
        if (kind is PartitionKind.OneMinute or PartitionKind.OneHour)
        {
            await DeriveFromAsync(session, span, cancel);
        }
        await Partitions.DropAsync(session, span, cancel);
        await RowCounts.ForgetAsync(session, kind, partitions.Count > 1 ? partitions[1] : null, cancel);
        await StoreState.NoteDroppedAsync(session, kind, span.EndMs, cancel);
        if (kind == PartitionKind.OneMinute)
        {
            await session.RunAsync("DELETE FROM partial_hour WHERE bucket < $1", cancel, Time(span.EndMs));
        }
        return true;
    }

    /// <summary>Removes series, and then metrics, that no sample was seen of since before <paramref name="cutoffMs"/>.</summary>
    public static async Task DropSeriesAsync(Session session, long cutoffMs, CancellationToken cancel)
    {
        // Locked first, and only then looked at again: a flush may just be bringing one of them back.
        List<long> metrics = await session.NumbersAsync(
            "SELECT id FROM metric WHERE id IN (SELECT metric_id FROM series WHERE last_seen < $1) ORDER BY name COLLATE \"C\" FOR UPDATE", cancel, Time(cutoffMs));
        if (metrics.Count == 0)
        {
            return;
        }
        await session.RunAsync(
            """
            WITH gone AS (DELETE FROM series WHERE last_seen < $1 AND metric_id = ANY($2) RETURNING metric_id),
              counted AS (SELECT metric_id, count(*) AS series FROM gone GROUP BY metric_id)
            UPDATE metric SET series_version = series_version + 1, series_count = series_count - counted.series FROM counted WHERE id = metric_id
            """, cancel, Time(cutoffMs), Numbers([.. metrics]));
        // Parameters belong to one command; the list is small beside what it names.
        foreach (string sql in new[]
        {
            "DELETE FROM dirty_bucket WHERE metric_id IN (SELECT id FROM metric WHERE series_count = 0 AND id = ANY($1))",
            "DELETE FROM partial_hour WHERE metric_id IN (SELECT id FROM metric WHERE series_count = 0 AND id = ANY($1))",
            "DELETE FROM flush_cursor WHERE metric IN (SELECT name FROM metric WHERE series_count = 0 AND id = ANY($1))",
            "DELETE FROM metric WHERE series_count = 0 AND id = ANY($1)",
        })
        {
            await session.RunAsync(sql, cancel, Numbers([.. metrics]));
        }
    }

    /// <summary>What is derived from the partition must be so before it goes, for it can't be afterwards.</summary>
    private static async Task DeriveFromAsync(Session session, PartitionSpan span, CancellationToken cancel)
    {
        PartitionKind derived = span.Kind + 1;
        foreach (long metric in await DirtyBuckets.MetricsAsync(session, derived, span.StartMs, span.EndMs, int.MaxValue, cancel))
        {
            if (await RollupDeriver.LockAsync(session, metric, cancel) is { } deriver)
            {
                await deriver.DeriveAsync(derived, span.StartMs, span.EndMs, long.MaxValue);
            }
        }
    }
}
