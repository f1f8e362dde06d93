using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>What a store must know of a series before rows can point at it.</summary>
/// <param name="LastSeenMs">Newest sample's time known when this was written, Unix ms.</param>
public sealed record SeriesDefinition(SeriesId Id, string Metric, MetricKind Kind, string Unit, TagSet Tags, long FirstSeenMs, long LastSeenMs);

/// <summary>
/// A series' aggregate of one minute, possibly partial: a late sample makes another row for the same series and bucket, and readers merge them.
/// </summary>
/// <param name="Series">Index into <see cref="RollupFlush.Series"/>.</param>
/// <param name="BucketMs">Start of the minute, Unix ms.</param>
/// <param name="Sketch">The compact form of an ExponentialSketch (distribution, histogram) or a HyperLogLog (set); else null.</param>
public readonly record struct RollupRow(int Series, long BucketMs, WindowAggregate Aggregate, byte[]? Sketch);

/// <summary>One metric's rows that must reach the store together with the cursor that says so.</summary>
/// <param name="Series">The series that <paramref name="Rows"/> point at.</param>
/// <param name="Cursors">One for each origin whose cursor moves with the rows; none when all samples in them were never logged.</param>
public sealed record RollupFlush(string Metric, IReadOnlyList<SeriesDefinition> Series, IReadOnlyList<RollupRow> Rows, IReadOnlyList<FlushCursor> Cursors)
{
    /// <summary>
    /// Of the activation that the rows come from; 0 where only one process writes. A store that has given out a later one (<see cref="IMetricClaims"/>) skips the
    /// flush whole: what is in it is written by that activation.
    /// </summary>
    public ulong Epoch { get; init; }
}

/// <summary>The two kinds of rows that have cursors. Written to stores: the numbers may only grow.</summary>
public enum FlushStream : byte
{
    Rollup = 1,
    Raw = 2,
}

/// <summary>
/// How much of an origin's log is in the store, for one metric and stream. After a crash records from <paramref name="ReplayFrom"/>
/// on are read again: those up to <paramref name="AppliedThrough"/> contribute only samples at or after <paramref name="OpenFromMs"/>
/// (the earlier ones are in the store), later records contribute all.
/// </summary>
/// <param name="Metric">The metric, or "*" where the stream is kept for all metrics of an origin together (raw).</param>
/// <param name="Origin">The log the samples were written to: a node's id.</param>
public sealed record FlushCursor(string Metric, FlushStream Stream, string Origin, ulong ReplayFrom, ulong AppliedThrough, long OpenFromMs)
{
    /// <summary>Not stored: the cursor moves only where the stored one's <see cref="AppliedThrough"/> is this, 0 standing for none. Null: wherever it stands. For logs that two processes may write rows of.</summary>
    public ulong? After { get; init; }

    /// <summary>
    /// Whether this cursor covers more than a stored one: a later record, or a later time of the same records. A minute that
    /// closes without a new record moves only <see cref="OpenFromMs"/>, so both count.
    /// </summary>
    public bool IsBeyond(ulong appliedThrough, long openFromMs) =>
        (After is null || After == appliedThrough) && (AppliedThrough > appliedThrough || (AppliedThrough == appliedThrough && OpenFromMs > openFromMs));
}
