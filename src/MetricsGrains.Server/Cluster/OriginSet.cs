using System.Collections.Immutable;
using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Server.Cluster;

/// <summary>The logs that this silo dispatches: its own, and that of another which it took over. Thread-safe.</summary>
public sealed class OriginSet
{
    private ImmutableArray<OriginDispatch> _dispatches = [];

    public void Add(OriginDispatch dispatch) => ImmutableInterlocked.Update(ref _dispatches, all => all.Add(dispatch));

    public void Remove(OriginDispatch dispatch) => ImmutableInterlocked.Update(ref _dispatches, all => all.Remove(dispatch));

    /// <summary>How far each is.</summary>
    public IReadOnlyList<OriginLag> Lags => [.. _dispatches.Select(d => d.Lag)];

    /// <summary>See <see cref="OriginDispatch.Announced"/>.</summary>
    public IReadOnlyList<OriginHolding> Announced(IReadOnlyList<NewActivation> activations) =>
        [.. _dispatches.Select(d => new OriginHolding(d.Origin, d.Announced(activations))).Where(h => h.Indexes.Count > 0)];
}
