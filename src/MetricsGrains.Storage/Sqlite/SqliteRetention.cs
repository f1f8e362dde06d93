using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Drops what is older than its retention, within one transaction each.</summary>
internal static class SqliteRetention
{
    /// <summary>How long after its end a partition stays. Of raw blocks that are kept for a time of their own, the partition's end is when they go.</summary>
    public static TimeSpan Of(Retention retention, PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => retention.OneMinute,
        PartitionKind.OneHour => retention.OneHour,
        PartitionKind.OneDay => retention.OneDay,
        PartitionKind.BriefRaw => TimeSpan.Zero,
        PartitionKind.Annotation => retention.Annotations,
        _ => retention.Raw,
    };

    /// <summary>Drops the oldest partition of a kind that lies wholly before the cutoff.</summary>
    /// <returns>False: there is none.</returns>
    public static bool TryDropOldest(SqliteConnection connection, PartitionKind kind, long cutoffMs, CancellationToken cancel)
    {
        Partition? oldest = Partitions.Load(connection).FirstOrDefault(p => p.Kind == kind && p.EndMs <= cutoffMs && p.MaxMs < cutoffMs);
        if (oldest is null)
        {
            return false;
        }
        if (kind is PartitionKind.OneMinute or PartitionKind.OneHour)
        {
            DeriveFrom(connection, oldest, cancel);
        }
        Partitions.Drop(connection, oldest);
        return true;
    }

    /// <summary>Removes series, and then metrics, that no sample was seen of since before <paramref name="cutoffMs"/>.</summary>
    public static void DropSeries(SqliteConnection connection, long cutoffMs)
    {
        connection.Execute($"""
            CREATE TEMP TABLE gone AS SELECT metric_id, count(*) AS series FROM series WHERE last_seen < {cutoffMs} GROUP BY metric_id;
            DELETE FROM series WHERE last_seen < {cutoffMs};
            UPDATE metric SET series_version = series_version + 1, series_count = series_count - (SELECT series FROM gone WHERE metric_id = metric.id)
              WHERE id IN (SELECT metric_id FROM gone);
            DROP TABLE gone;
            DELETE FROM dirty_bucket WHERE metric_id IN (SELECT id FROM metric WHERE series_count = 0);
            DELETE FROM flush_cursor WHERE metric IN (SELECT name FROM metric WHERE series_count = 0);
            DELETE FROM metric WHERE series_count = 0;
            """);
    }

    /// <summary>Gives a bounded number of free pages back to the file system, once there are enough of them to be worth it.</summary>
    /// <returns>Whether there is more to do.</returns>
    public static bool Shrink(SqliteConnection connection)
    {
        const int PagesAStep = 2_000;
        // The next day's partition takes the free pages of the one that was dropped; only what goes beyond that is given back.
        if (connection.Scalar("PRAGMA freelist_count") <= connection.Scalar("PRAGMA page_count") / 4)
        {
            return false;
        }
        connection.Execute($"PRAGMA incremental_vacuum({PagesAStep})");
        return true;
    }

    /// <summary>What is derived from the partition must be so before it goes, for it can't be afterwards.</summary>
    private static void DeriveFrom(SqliteConnection connection, Partition partition, CancellationToken cancel)
    {
        using var deriver = new RollupDeriver(connection, cancel);
        PartitionKind derived = partition.Kind + 1;
        foreach ((long metric, long bucket) in DirtyBuckets.All(connection, derived, partition.StartMs, partition.EndMs, int.MaxValue))
        {
            deriver.Derive(derived, metric, bucket);
        }
        deriver.Finish();
    }
}
