using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>Which stored rows answer a read.</summary>
public enum StoredResolution : byte
{
    OneMinute = 1,
    OneHour = 2,
    OneDay = 3,
}

/// <summary>How long rows are kept.</summary>
public sealed record Retention(TimeSpan Raw, TimeSpan OneMinute, TimeSpan OneHour, TimeSpan OneDay)
{
    public TimeSpan Annotations { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>A metric as the store knows it.</summary>
/// <param name="SeriesCount">Series ever seen within retention.</param>
/// <param name="LastSeenMs">Unix ms.</param>
public sealed record StoredMetric(string Name, MetricKind Kind, string Unit, long SeriesCount, long LastSeenMs);

/// <summary>
/// Rollups and what is needed to read them. All methods may be called concurrently; the store serialises its own writes.
/// Every method can throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IRollupStore
{
    /// <summary>Creates or migrates the schema. Called once before anything else.</summary>
    /// <exception cref="StoreConfigurationException">The store can't be used as configured; the message says what to do.</exception>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>Appends the rows of every flush and moves their cursors, all or nothing.</summary>
    /// <remarks>After <see cref="StoreUnavailableException"/> the outcome is unknown. Repeating the call is safe: a flush none of whose cursors is beyond the stored one (<see cref="FlushCursor.IsBeyond"/>) is skipped whole; one without cursors never is.</remarks>
    /// <returns>Metrics whose flush was left out, because a newer activation has claimed them (<see cref="IMetricClaims"/>): their rows are not in the store.</returns>
    Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel);

    /// <summary>
    /// Every cursor. Waits for appends that are under way first, those of a process that has died meanwhile included: a start must know of a
    /// commit that its predecessor sent and did not live to see. For starts; it holds up the appends of others.
    /// </summary>
    Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel);

    /// <summary>One metric's cursors, of every stream and origin, as they are at this moment.</summary>
    Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel);

    /// <summary>One metric's aggregates. Hours and days include every row appended so far, whether derived yet or not.</summary>
    /// <param name="query"><c>StepMs</c> must be a multiple of the resolution's length; <c>FromMs</c> and <c>ToMs</c> multiples of it too.</param>
    /// <returns>Null when the store has never seen the metric.</returns>
    Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel);

    /// <summary>Metrics whose name contains <paramref name="contains"/> (case-insensitive; empty: all) and is greater than <paramref name="after"/>, ordered by name (ordinal), at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel);

    /// <summary>Exactly this metric, or null.</summary>
    Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel);

    /// <summary>The series of a metric, ordered by canonical tags, at most <paramref name="limit"/>. Their LastSeenMs may lag by up to ten minutes.</summary>
    Task<IReadOnlyList<SeriesDefinition>> ListSeriesAsync(string metric, int limit, CancellationToken cancel);

    /// <summary>Derives hours and days whose minutes changed and that ended before <paramref name="nowMs"/>.</summary>
    /// <returns>How many (metric, hour) and (metric, day) pairs were derived.</returns>
    Task<int> DeriveAsync(long nowMs, CancellationToken cancel);

    /// <summary>Drops what is older than its retention.</summary>
    Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel);

    /// <summary>Size on disk and row counts, for the status page.</summary>
    Task<StoreStatus> StatusAsync(CancellationToken cancel);
}

/// <param name="Description">For people: "SQLite 3.35.5, /path/to/file".</param>
public sealed record StoreStatus(string Description, long SizeBytes, long Rollups1m, long RawBlocks, long SeriesCount, long? OldestMs);

/// <summary>The store did not answer, or not in time. Whether a write took place is unknown; the call may be repeated.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store can't be used as configured, and trying again won't help. The message says what to do.</summary>
public sealed class StoreConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
