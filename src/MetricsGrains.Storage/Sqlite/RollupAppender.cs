using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Writes flushes within one transaction.</summary>
internal sealed class RollupAppender : IDisposable
{
    private const string SeqKey = "next_seq";

    private readonly SqliteConnection _connection;
    private readonly SeriesWriter _series;
    private readonly RollupTables _tables;
    private readonly long _droppedMinutes, _droppedHours, _droppedDays;
    private readonly HashSet<long> _dirtyHours = [];
    private readonly HashSet<long> _dirtyDays = [];
    private long _nextSeq;

    public RollupAppender(SqliteConnection connection, SeriesWriter series)
    {
        _connection = connection;
        _series = series;
        _tables = new RollupTables(connection);
        _droppedMinutes = Partitions.DroppedThrough(connection, PartitionKind.OneMinute);
        _droppedHours = Partitions.DroppedThrough(connection, PartitionKind.OneHour);
        _droppedDays = Partitions.DroppedThrough(connection, PartitionKind.OneDay);
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
        SortedRow[] rows = Sorted(flush.Rows, ids);
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

    /// <summary>
    /// Where minutes were dropped already, the hours derived from them can't be derived again: the row is added to the hour as
    /// a partial row instead, and where hours were dropped, to the day.
    /// </summary>
    private void Insert(long metricId, SeriesEntryKey series, in RollupRow row, long seq)
    {
        long hour = Resolution.Floor(row.BucketMs, Resolution.OneHour);
        long day = Resolution.Floor(row.BucketMs, Resolution.OneDay);
        bool minutes = row.BucketMs >= _droppedMinutes;
        bool hours = row.BucketMs >= _droppedHours;
        if (minutes)
        {
            _tables.For(PartitionKind.OneMinute, row.BucketMs).Insert(metricId, row.BucketMs, series, seq, row.Aggregate, row.Sketch);
        }
        if (hours && minutes)
        {
            _dirtyHours.Add(hour);
        }
        else if (hours)
        {
            _tables.For(PartitionKind.OneHour, hour).Insert(metricId, hour, series, FreshSeq(), row.Aggregate, row.Sketch);
        }
        if (row.BucketMs < _droppedDays)
        {
            return;
        }
        if (hours)
        {
            _dirtyDays.Add(day);
        }
        else
        {
            _tables.For(PartitionKind.OneDay, day).Insert(metricId, day, series, FreshSeq(), row.Aggregate, row.Sketch);
        }
    }

    private long FreshSeq() => _nextSeq++;

    private static SortedRow[] Sorted(IReadOnlyList<RollupRow> rows, long[] ids)
    {
        var sorted = new SortedRow[rows.Count];
        for (int i = 0; i < sorted.Length; i++)
        {
            RollupRow row = rows[i];
            if ((uint)row.Series >= (uint)ids.Length)
            {
                throw new ArgumentException($"BUG: row {i} points at series {row.Series} of {ids.Length}", nameof(rows));
            }
            sorted[i] = new SortedRow(row.BucketMs, ids[row.Series], i);
        }
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>In the order of the table, so that a flush fills neighbouring pages; the index keeps partial rows in theirs.</summary>
    private readonly record struct SortedRow(long BucketMs, long SeriesId, int Index) : IComparable<SortedRow>
    {
        public int CompareTo(SortedRow other)
        {
            int order = BucketMs.CompareTo(other.BucketMs);
            order = order != 0 ? order : SeriesId.CompareTo(other.SeriesId);
            return order != 0 ? order : Index.CompareTo(other.Index);
        }
    }
}
