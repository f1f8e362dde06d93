using Orleans.Placement;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>As <see cref="RendezvousPlacement"/>, among the silos whose alerting runs.</summary>
[Serializable, GenerateSerializer, Immutable, Alias("metricsgrains.alert-placement")]
internal sealed class AlertPlacement : PlacementStrategy;

/// <summary>Marks grains that are placed by <see cref="AlertPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AlertPlacementAttribute() : PlacementAttribute(new AlertPlacement());
