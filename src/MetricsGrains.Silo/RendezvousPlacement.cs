using Orleans.Placement;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>
/// A metric lives where its name says: see Server's Rendezvous. Not Orleans' default, which weighs the silos' load and prefers the caller: metrics that one
/// silo happens to receive first would all stay there. Not its hash-based placement either, which takes the hash modulo the number of silos: when one
/// comes or goes, nearly every metric would have to move. And it lets a sender know where a metric is without asking for it.
/// </summary>
[Serializable, GenerateSerializer, Immutable, Alias("metricsgrains.rendezvous")]
internal sealed class RendezvousPlacement : PlacementStrategy;

/// <summary>Marks grains that are placed by <see cref="RendezvousPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RendezvousPlacementAttribute() : PlacementAttribute(new RendezvousPlacement());
