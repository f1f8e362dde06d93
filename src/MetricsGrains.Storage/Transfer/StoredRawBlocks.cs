using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Reads the raw blocks of one partition of a SQLite store in the order of writing.</summary>
internal sealed class StoredRawBlocks : IDisposable
{
    private readonly Statement _statement;

    /// <param name="after">Id of the block before the first one wanted.</param>
    public StoredRawBlocks(SqliteConnection connection, string table, long after)
    {
        _statement = new Statement(connection, $"SELECT id, metric_id, series_id, block FROM {table} WHERE id > ?1 ORDER BY id");
        _statement.Bind(1, after);
    }

    public long Id => _statement.Int64(0);

    public long MetricId => _statement.Int64(1);

    public long SeriesId => _statement.Int64(2);

    /// <returns>False: it is damaged.</returns>
    public bool TryDecode(out RawSamples samples) => RawBlockCodec.TryDecode(_statement.Blob(3), out samples);

    public bool Read() => _statement.Step();

    public void Dispose() => _statement.Dispose();
}
