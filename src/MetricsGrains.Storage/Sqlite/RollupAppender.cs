using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Writes flushes within one transaction.</summary>
internal sealed class RollupAppender : IDisposable
{
    private const string SeqKey = "next_seq";

    private readonly SqliteConnection _connection;
    private readonly SeriesWriter _series;
    private readonly RollupTables _tables;
    private readonly DroppedThrough _dropped;
    private readonly HashSet<long> _dirtyHours = [];
    private readonly HashSet<long> _dirtyDays = [];
    private long _nextSeq;

    public RollupAppender(SqliteConnection connection, SeriesWriter series)
    {
        _connection = connection;
        _series = series;
        _tables = new RollupTables(connection);
        _dropped = new DroppedThrough(
            Partitions.DroppedThrough(connection, PartitionKind.OneMinute),
            Partitions.DroppedThrough(connection, PartitionKind.OneHour),
            Partitions.DroppedThrough(connection, PartitionKind.OneDay));
        _nextSeq = connection.ReadState(SeqKey, 1);
    }

    public void Append(RollupFlush flush)
    {
        if (flush.Cursors.Count > 0 && !CursorTable.TryMove(_connection, flush.Cursors))
        {
            return;
        }
        if (flush.Series.Count == 0)
        {
            return;
        }
        SeriesDefinition newest = flush.Series.MaxBy(s => s.LastSeenMs)!;
        WrittenMetric metric = _series.Metric(_connection, flush.Metric, newest.Kind, newest.Unit, newest.LastSeenMs);
        long[] ids = _series.Series(_connection, metric, flush.Series);
        // Partial rows of one series and bucket in one flush need numbers of their own; they are neighbours once sorted.
        SortedRow[] rows = SortedRow.Of(flush.Rows, ids);
        long first = FreshSeq();
        for (int i = 0; i < rows.Length; i++)
        {
            bool partial = i > 0 && rows[i].BucketMs == rows[i - 1].BucketMs && rows[i].SeriesId == rows[i - 1].SeriesId;
            RollupRow row = flush.Rows[rows[i].Index];
            Insert(metric.Id, new SeriesEntryKey(rows[i].SeriesId, flush.Series[row.Series].Kind), row, partial ? FreshSeq() : first);
        }
        DirtyBuckets.Mark(_connection, PartitionKind.OneHour, metric.Id, _dirtyHours);
        DirtyBuckets.Mark(_connection, PartitionKind.OneDay, metric.Id, _dirtyDays);
        _dirtyHours.Clear();
        _dirtyDays.Clear();
    }

    /// <summary>Once, before the commit.</summary>
    public void Finish()
    {
        _tables.Finish();
        _connection.WriteState(SeqKey, _nextSeq);
    }

    public void Dispose() => _tables.Dispose();

    private void Insert(long metricId, SeriesEntryKey series, in RollupRow row, long seq)
    {
        RowPlacement placement = _dropped.PlacementOf(row.BucketMs);
        if (placement.Minute)
        {
            _tables.For(PartitionKind.OneMinute, row.BucketMs).Insert(metricId, row.BucketMs, series, seq, row.Aggregate, row.Sketch);
        }
        if (placement.PartialHour)
        {
            _tables.For(PartitionKind.OneHour, placement.HourMs).Insert(metricId, placement.HourMs, series, FreshSeq(), row.Aggregate, row.Sketch);
        }
        if (placement.PartialDay)
        {
            _tables.For(PartitionKind.OneDay, placement.DayMs).Insert(metricId, placement.DayMs, series, FreshSeq(), row.Aggregate, row.Sketch);
        }
        if (placement.DirtyHour)
        {
            _dirtyHours.Add(placement.HourMs);
        }
        if (placement.DirtyDay)
        {
            _dirtyDays.Add(placement.DayMs);
        }
    }

    private long FreshSeq() => _nextSeq++;
}
