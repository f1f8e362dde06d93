using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>The silos of a cluster and the way to what runs in them. A call fails, with any exception, when its silo does not answer.</summary>
public interface IClusterPeers
{
    /// <summary>Those that are up, as this one sees it.</summary>
    IReadOnlyList<SiloId> Silos { get; }

    /// <summary>Where a metric's grain belongs while the silos are what they are. A hint: the grain is found wherever it is.</summary>
    SiloId HomeOf(ulong metricHash);

    /// <summary>Hands a dispatch to the grains of its metrics, which mostly live in <paramref name="silo"/>.</summary>
    /// <param name="dispatch">See docs/formats/dispatch.md. Not changed afterwards.</param>
    /// <returns>The answers, as DispatchAnswerCodec joins them.</returns>
    Task<byte[]> DispatchAsync(SiloId silo, byte[] dispatch, CancellationToken cancel);

    /// <summary>What the grains in a silo hold of an origin's log.</summary>
    /// <param name="mostLookback">See <see cref="Core.Grains.MetricGrain.NeededFrom"/>.</param>
    Task<IReadOnlyList<Holding>> HoldingsAsync(SiloId silo, string origin, TimeSpan mostLookback, CancellationToken cancel);

    /// <summary>Tells a silo which metrics have new activations: it brings them up to date out of its logs, at once.</summary>
    /// <returns>What its logs have of them.</returns>
    Task<IReadOnlyList<OriginHolding>> AnnounceAsync(SiloId silo, IReadOnlyList<NewActivation> activations, CancellationToken cancel);

    /// <summary>Hands records of this silo's log to another, which keeps a copy of it.</summary>
    /// <returns>Where that silo's copy is, on disk.</returns>
    Task<CopyAnswer> CopyAsync(SiloId silo, CopyRequest request, CancellationToken cancel);

    /// <summary>Has a silo delete its copies of an origin's log before a generation.</summary>
    Task DropCopiesAsync(SiloId silo, string origin, ulong below, CancellationToken cancel);

    /// <summary>Asks a metric's grain, wherever it is.</summary>
    Task<byte[]> AskAsync(string metric, byte[] question, CancellationToken cancel);

    /// <summary>The active metrics of one silo; see <see cref="IGrains.ListAsync"/>.</summary>
    Task<IReadOnlyList<MetricSummary>> ListAsync(SiloId silo, string contains, string after, int limit, CancellationToken cancel);
}

/// <summary>That a grain has joined an origin, and what it still needs of it.</summary>
/// <param name="NeededFrom">The oldest record that the store does not have in full; null: none.</param>
/// <param name="IsInStep">The origin has said since it last joined that the grain has everything.</param>
public readonly record struct Holding(ulong MetricHash, ulong Epoch, ulong? NeededFrom, bool IsInStep);
