using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Reads the rows of one rollup partition of a SQLite store, with all columns, in the order of their keys.</summary>
internal sealed class StoredRollups : IDisposable
{
    private readonly Statement _statement;

    /// <param name="after">Key of the row before the first one wanted.</param>
    public StoredRollups(SqliteConnection connection, string table, (long Metric, long Bucket, long Series, long Seq) after)
    {
        _statement = new Statement(connection, $"""
            SELECT metric_id, bucket, series_id, seq, count, sum, min, max, last, last_at, increase, p50, p95, p99, sketch FROM {table}
            WHERE (metric_id, bucket, series_id, seq) > (?1, ?2, ?3, ?4) ORDER BY metric_id, bucket, series_id, seq
            """);
        _statement.Bind(1, after.Metric).Bind(2, after.Bucket).Bind(3, after.Series).Bind(4, after.Seq);
    }

    public long MetricId => _statement.Int64(0);

    public long BucketMs => _statement.Int64(1);

    public long SeriesId => _statement.Int64(2);

    public long Seq => _statement.Int64(3);

    public WindowAggregate Aggregate => new()
    {
        Count = _statement.Real(4),
        Sum = _statement.Real(5),
        Min = _statement.Real(6),
        Max = _statement.Real(7),
        Last = _statement.Real(8),
        LastAt = _statement.Int64(9),
        Increase = _statement.Real(10),
    };

    /// <summary>As they are stored, not computed again; null when there are none.</summary>
    public StoredPercentiles? Percentiles => _statement.IsNull(11) ? null : new StoredPercentiles(_statement.Real(11), _statement.Real(12), _statement.Real(13));

    /// <summary>Empty when there is none; valid until the next read.</summary>
    public ReadOnlySpan<byte> Sketch => _statement.Blob(14);

    public bool Read() => _statement.Step();

    public void Dispose() => _statement.Dispose();
}
