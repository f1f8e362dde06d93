using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Inserts rows into one rollup partition within a transaction.</summary>
internal sealed class RollupTableWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Statement _insert;
    private readonly string _table;
    private long _rows;
    private long _minMs = long.MaxValue;
    private long _maxMs = long.MinValue;

    public RollupTableWriter(SqliteConnection connection, PartitionSpan span)
    {
        Partitions.Ensure(connection, span);
        Span = span;
        _connection = connection;
        _table = span.TableName;
        _insert = new Statement(connection, $"INSERT INTO {_table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    }

    public PartitionSpan Span { get; }

    public void Insert(long metricId, long bucketMs, SeriesEntryKey series, long seq, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch)
    {
        _insert.Bind(1, metricId).Bind(2, bucketMs).Bind(3, series.Id).Bind(4, seq)
            .Bind(5, aggregate.Count).Bind(6, aggregate.Sum).Bind(7, aggregate.Min).Bind(8, aggregate.Max)
            .Bind(9, aggregate.Last).Bind(10, aggregate.LastAt).Bind(11, aggregate.Increase);
        if (StoredPercentiles.Of(series.Kind, aggregate, sketch) is { } percentiles)
        {
            _insert.Bind(12, percentiles.P50).Bind(13, percentiles.P95).Bind(14, percentiles.P99);
        }
        else
        {
            _insert.BindNull(12).BindNull(13).BindNull(14);
        }
        if (sketch.IsEmpty)
        {
            _insert.BindNull(15);
        }
        else
        {
            _insert.Bind(15, sketch);
        }
        _insert.Run();
        _rows++;
        _minMs = Math.Min(_minMs, bucketMs);
        _maxMs = Math.Max(_maxMs, bucketMs);
    }

    /// <summary>Deletes a metric's rows of one bucket, to derive them again.</summary>
    public void Clear(long metricId, long bucketMs)
    {
        using var delete = new Statement(_connection, $"DELETE FROM {_table} WHERE metric_id = ?1 AND bucket = ?2");
        _rows -= delete.Bind(1, metricId).Bind(2, bucketMs).Run();
    }

    /// <summary>Writes what the register counts of the rows since the last call. Needed before the commit, and before a read in the same transaction.</summary>
    public void Finish()
    {
        if (_rows != 0 || _minMs != long.MaxValue)
        {
            Partitions.Count(_connection, _table, _rows, _minMs, _maxMs, 0);
            _rows = 0;
            _minMs = long.MaxValue;
            _maxMs = long.MinValue;
        }
    }

    public void Dispose() => _insert.Dispose();
}
