using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Hosting;

/// <summary>What the flush loop needs of a host whose grains live in this process.</summary>
public interface IFlushSource
{
    /// <summary>The closed minutes' rows of every grain. Gives an unconfirmed flush again, unchanged.</summary>
    /// <param name="everything">Open minutes too: for a graceful stop.</param>
    Task<IReadOnlyList<RollupFlush>> TakeFlushesAsync(bool everything, CancellationToken cancel);

    /// <summary>The store has what was taken last of these metrics.</summary>
    Task ConfirmFlushesAsync(IReadOnlyList<string> metrics, CancellationToken cancel);

    /// <summary>The oldest record of an origin's log that some grain still needs; null when none does.</summary>
    /// <param name="mostLookback">See <see cref="Core.Grains.MetricGrain.NeededFrom"/>.</param>
    Task<ulong?> NeededFromAsync(string origin, TimeSpan mostLookback, CancellationToken cancel);
}
