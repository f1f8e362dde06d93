namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// A log outside of the cluster, in partitions: events in order within each, kept for a time, whoever has read them. Where the reader stands is not the hub's
/// business: our flush cursors say that. Sequences are the partition's own, begin at 1 and have no gaps. Thread-safe.
/// </summary>
public interface IPartitionedHub : IAsyncDisposable
{
    /// <summary>Names the hub for as long as it lives: "namespace/hub".</summary>
    string Name { get; }

    /// <summary>Largest sum of the events of one <see cref="SendAsync"/>, each with <see cref="EventOverheadBytes"/> added.</summary>
    int MaxSendBytes { get; }

    /// <summary>What an event takes beside its bytes, at most.</summary>
    int EventOverheadBytes { get; }

    /// <summary>In an order that stays.</summary>
    /// <exception cref="HubUnavailableException">It does not answer.</exception>
    Task<IReadOnlyList<string>> PartitionsAsync(CancellationToken cancel);

    /// <summary>Completes when the hub has the events: all of them, in their order, or none. Sends once: who repeats it must be able to mark the events.</summary>
    /// <param name="events">Not changed afterwards.</param>
    /// <exception cref="HubUnavailableException">Whether the hub has them is unknown.</exception>
    Task SendAsync(string partition, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancel);

    /// <exception cref="HubUnavailableException">It does not answer.</exception>
    Task<PartitionExtent> ExtentAsync(string partition, CancellationToken cancel);

    /// <summary>Reads from a sequence, or the oldest event there is, through another one, and waits for what is not there yet. Ends early when none of it is kept any more.</summary>
    /// <exception cref="HubUnavailableException">It does not answer; what was read is valid.</exception>
    IAsyncEnumerable<HubEvent> ReadAsync(string partition, ulong from, ulong through, CancellationToken cancel);
}

/// <summary>The hub does not answer, or not in time.</summary>
public sealed class HubUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
