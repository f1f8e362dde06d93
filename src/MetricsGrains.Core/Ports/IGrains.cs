using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>Where a batch was written: the log's owner and the record's number. Exactly-once rests on it.</summary>
/// <param name="Origin">A node's id; empty for samples that were never logged.</param>
public readonly record struct BatchOrigin(string Origin, ulong Sequence);

/// <summary>Why a grain refused samples. The numbers go over the wire: they may only grow.</summary>
public enum RefusalReason : byte
{
    None = 0,

    /// <summary>The metric has as many series as it may have.</summary>
    CardinalityLimit = 1,

    /// <summary>The metric is of another kind.</summary>
    KindMismatch = 2,

    /// <summary>Another series has the same 64-bit id. Practically never; never merged.</summary>
    SeriesIdCollision = 3,

    /// <summary>Older than the raw retention.</summary>
    TooOld = 4,

    /// <summary>More than ten minutes in the future.</summary>
    TooNew = 5,

    /// <summary>The bytes of a slice or a histogram could not be read.</summary>
    Malformed = 6,
}

/// <param name="Slice">Index of the slice in the batch.</param>
/// <param name="Series">Index of the series in the slice, or -1 for all of them.</param>
/// <param name="Samples">How many samples it cost.</param>
/// <param name="Detail">For people: names the metric and, for cardinality, the tag key that grew most.</param>
public sealed record Refusal(int Slice, int Series, RefusalReason Reason, int Samples, string Detail);

/// <summary>What became of a batch: every sample was either taken in or is in a refusal.</summary>
public sealed record AppendResult(long Accepted, IReadOnlyList<Refusal> Refusals)
{
    public static readonly AppendResult Empty = new(0, []);
}

/// <summary>One metric's answer from memory.</summary>
/// <param name="Frame">What the windows hold from <paramref name="CompleteFromMs"/> on.</param>
/// <param name="CompleteFromMs">A minute's start. From this event time on memory knows every sample; before it the store must be asked.</param>
/// <param name="NewestMs">Event time of the newest sample of the series that matched, Unix ms; long.MinValue when there is none.</param>
/// <param name="SeriesMatched">Series in memory that the filters let through.</param>
/// <param name="Pending">What must be added to the store's answer for the time before <paramref name="CompleteFromMs"/>; null when there is nothing, or the step is finer than the rows.</param>
public sealed record MetricAnswer(MetricKind Kind, string Unit, AggregateFrame Frame, long CompleteFromMs, long NewestMs, int SeriesMatched, PendingRows? Pending = null);

/// <param name="SeriesCount">Series in memory.</param>
/// <param name="SeriesTried">Estimate of the distinct series ever offered since the metric became active, refused ones included.</param>
/// <param name="SeriesRefused">Samples refused for cardinality.</param>
/// <param name="TopTagKey">The tag key with the most distinct values, and how many; null when there are no tags.</param>
/// <param name="MemoryBytes">Estimate of what the metric costs in memory.</param>
public sealed record MetricSummary(string Name, MetricKind Kind, string Unit, int SeriesCount, double SeriesTried, long SeriesRefused, string? TopTagKey, double TopTagValues, long LastSeenMs, long MemoryBytes);

/// <summary>A series in memory.</summary>
public sealed record ActiveSeries(SeriesId Id, TagSet Tags, long LastSeenMs);

/// <summary>
/// The way to every grain, whichever host runs them. Arguments and answers are values, or bytes that the caller lends until
/// the returned task completes; nothing is shared across a call. Any call may be answered by another process.
/// Calls for one metric take effect in the order in which they were made by one caller.
/// </summary>
public interface IGrains
{
    /// <summary>
    /// Hands a batch's slices to the grains of their metrics. The task completes when every grain has taken its slice in (or refused it).
    /// Batches of one origin must be handed over in the order of their sequence; a repeated or older sequence of the same origin is ignored by the grain.
    /// Waits while the host's queues are full.
    /// </summary>
    /// <param name="batch">A sealed SampleBatch in its binary form, lent until the task completes.</param>
    ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel);

    /// <returns>Null when no grain of that name is active.</returns>
    ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel);

    /// <summary>
    /// The epoch of <see cref="PendingRows"/> as it is now. A reader of memory and store asks for it last: when it moved since the grain answered, a
    /// flush may have reached the store in between, and the two answers may overlap.
    /// </summary>
    /// <returns>Null when no grain of that name is active. A grain that was forgotten and made again has another epoch.</returns>
    ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel);

    /// <returns>Null when no grain of that name is active.</returns>
    ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel);

    /// <summary>Active metrics whose name contains <paramref name="contains"/> (case-insensitive; empty: all) and is greater (ordinal) than <paramref name="after"/>, ordered by name (ordinal), at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel);

    /// <summary>The series of a metric in memory, ordered by canonical tags, at most <paramref name="limit"/>. Empty when no such grain is active.</summary>
    ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel);
}
