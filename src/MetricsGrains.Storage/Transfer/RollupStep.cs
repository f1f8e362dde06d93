using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies one partition of minutes, hours or days: every row, partial ones too, with its number, percentiles and sketch as they are.</summary>
internal sealed class RollupStep(SqliteConnection source, Partition partition, StoreTransferOptions options) : ITransferStep
{
    public string Name => partition.Name;

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        var span = new PartitionSpan(partition.Kind, partition.StartMs, partition.EndMs);
        await Postgres.Partitions.EnsureAsync(session, new HashSet<PartitionSpan> { span }, cancel);
        var partials = new HashSet<(long MetricId, long HourMs)>();
        (long Metric, long Bucket, long Series, long Seq) at = part.After is [long m, long b, long s, long q] ? (m, b, s, q) : (long.MinValue, 0, 0, 0);
        long rows = 0, bytes = 0;
        bool more;
        using (var stored = new StoredRollups(source, partition.Name, at))
        {
            await using RollupCopy copy = await RollupCopy.BeginAsync(session, partition.Kind, cancel);
            while ((more = stored.Read()) && rows < options.BatchRows && bytes < options.BatchBytes)
            {
                await copy.BeginRowAsync(cancel);
                copy.Row(stored.MetricId, stored.SeriesId, stored.BucketMs, stored.Seq, stored.Aggregate, stored.Percentiles, stored.Sketch);
                if ((stored.MetricId, stored.BucketMs, stored.SeriesId) == (at.Metric, at.Bucket, at.Series))
                {
                    partials.Add((at.Metric, Resolution.Floor(at.Bucket, Resolution.OneHour)));
                }
                at = (stored.MetricId, stored.BucketMs, stored.SeriesId, stored.Seq);
                rows++;
                bytes += 120 + stored.Sketch.Length;
            }
            await copy.CompleteAsync(session, cancel);
        }
        await MarkAsync(session, partials, cancel);
        return part with { After = [at.Metric, at.Bucket, at.Series, at.Seq], Rows = part.Rows + rows, Done = !more };
    }

    /// <summary>Hours with partial minutes are what compaction folds in PostgreSQL; SQLite has no such list.</summary>
    private async Task MarkAsync(Session session, HashSet<(long MetricId, long HourMs)> partials, CancellationToken cancel)
    {
        if (partition.Kind == PartitionKind.OneMinute && partials.Count > 0)
        {
            await session.RunAsync(
                "INSERT INTO partial_hour SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING", cancel,
                Numbers([.. partials.Select(p => p.MetricId)]), Times([.. partials.Select(p => p.HourMs)]));
        }
    }
}
