using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>Raw samples, kept in blocks of one series. Same threading and errors as <see cref="IRollupStore"/>, usually the same object.</summary>
public interface IRawStore
{
    /// <summary>Appends the blocks and moves the cursor, all or nothing. Skipped whole when <paramref name="cursor"/> is not beyond the stored one (<see cref="FlushCursor.IsBeyond"/>), or not behind it as <see cref="FlushCursor.After"/> says.</summary>
    Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel);

    /// <summary>The aggregates of the raw samples in range, at any step.</summary>
    /// <returns>Null when the store has never seen the metric.</returns>
    Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel);
}
