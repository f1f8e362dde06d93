using System.Collections.Immutable;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Server.Cluster.Copies;

namespace MetricsGrains.Server.Cluster;

/// <summary>The logs that this silo dispatches: its own, and that of another which it took over. Thread-safe.</summary>
public sealed class OriginSet
{
    private ImmutableArray<OriginDispatch> _dispatches = [];

    public void Add(OriginDispatch dispatch) => ImmutableInterlocked.Update(ref _dispatches, all => all.Add(dispatch));

    public void Remove(OriginDispatch dispatch) => ImmutableInterlocked.Update(ref _dispatches, all => all.Remove(dispatch));

    /// <summary>Copies this silo's own log; null: no copy of it is wanted.</summary>
    public LogCopier? Copier { get; set; }

    /// <summary>How far each is.</summary>
    public IReadOnlyList<OriginLag> Lags => [.. _dispatches.Select(d => d.Lag with { Copy = Copier is { } copier && copier.Origin == d.Origin ? copier.Standing : null })];

    /// <summary>See <see cref="OriginDispatch.Announced"/>.</summary>
    public IReadOnlyList<OriginHolding> Announced(IReadOnlyList<NewActivation> activations) =>
        [.. _dispatches.Select(d => new OriginHolding(d.Origin, d.Announced(activations))).Where(h => h.Indexes.Count > 0)];
}
