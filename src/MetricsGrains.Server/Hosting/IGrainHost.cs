using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Hosting;

/// <summary>The grains as the process that hosts some or all of them sees them: the way to every one, and what must be done for those that live here.</summary>
public interface IGrainHost : IGrains, IAsyncDisposable
{
    /// <summary>Null where this process is alone.</summary>
    IClusterView? Cluster { get; }

    /// <summary>Null: there are none, or nobody may see them.</summary>
    IHostPages? Pages { get; }

    /// <summary>Null where what this node's own log has is acknowledged.</summary>
    ILogCopies? Copies { get; }

    /// <summary>
    /// Where batches go that this node takes in, and who reads it brings them to their grains; <see cref="IGrains.AppendAsync"/> without an origin then only says that they are taken.
    /// Null: into this node's own log.
    /// </summary>
    IIngestLog? Intake { get; }

    /// <summary>All that this node's log had at its start was handed over.</summary>
    void EndReplay();

    /// <summary>The closed minutes' rows of the grains that live here. Gives an unconfirmed flush again, unchanged.</summary>
    /// <param name="everything">Open minutes too: for a graceful stop.</param>
    Task<IReadOnlyList<RollupFlush>> TakeFlushesAsync(bool everything, CancellationToken cancel);

    /// <summary>The store has what was taken last of these metrics.</summary>
    Task ConfirmFlushesAsync(IReadOnlyList<string> metrics, CancellationToken cancel);

    /// <summary>The oldest record of an origin's log that some grain still needs; null when none does.</summary>
    /// <param name="mostLookback">See <see cref="Core.Grains.MetricGrain.NeededFrom"/>.</param>
    Task<ulong?> NeededFromAsync(string origin, TimeSpan mostLookback, CancellationToken cancel);

    /// <summary>Of the records handed over up to <paramref name="handedThrough"/>, how far all of them are with their grains.</summary>
    ulong AppliedThrough(ulong handedThrough);

    /// <summary>Seals, evicts, and forgets idle grains that live here.</summary>
    /// <returns>Whether grains are to live elsewhere. They do, and answer again, once the store has their rows.</returns>
    Task<bool> TickAsync(CancellationToken cancel);

    /// <summary>See <see cref="Core.Grains.MetricGrain.Seal"/>; of grains that live here.</summary>
    Task SealAsync(long beforeMs, CancellationToken cancel);

    /// <summary>What the grains that live here hold.</summary>
    Task<MemoryUse> MeasureAsync(CancellationToken cancel);

    /// <summary>What the rows take that wait for the store, in bytes, as an estimate.</summary>
    Task<long> PendingBytesAsync(CancellationToken cancel);
}
