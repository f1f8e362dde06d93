using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The rollup partitions that one transaction writes to.</summary>
internal sealed class RollupTables(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<(PartitionKind, long), RollupTableWriter> _writers = [];
    private RollupTableWriter? _last;

    /// <summary>The partition that holds the time, made when absent.</summary>
    public RollupTableWriter For(PartitionKind kind, long unixMs)
    {
        if (_last is not null && _last.Span.Kind == kind && unixMs >= _last.Span.StartMs && unixMs < _last.Span.EndMs)
        {
            return _last;
        }
        PartitionSpan span = PartitionSpan.Holding(kind, unixMs);
        if (!_writers.TryGetValue((kind, span.StartMs), out RollupTableWriter? writer))
        {
            writer = new RollupTableWriter(connection, span);
            _writers.Add((kind, span.StartMs), writer);
        }
        return _last = writer;
    }

    /// <summary>Brings the register up to date; see <see cref="RollupTableWriter.Finish"/>.</summary>
    public void Finish()
    {
        foreach (RollupTableWriter writer in _writers.Values)
        {
            writer.Finish();
        }
    }

    public void Dispose()
    {
        foreach (RollupTableWriter writer in _writers.Values)
        {
            writer.Dispose();
        }
    }
}
