using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>What evaluating and notifying needs, whoever hosts the grains.</summary>
/// <param name="Patience">With <paramref name="Store"/>, where states are written.</param>
internal sealed record AlertingParts(
    IAlertStore Store, StorePatience Patience, Suppressions Suppressions, IReadOnlyList<INotifier> Notifiers, IAlertObserver Observer, IIngestContinuity Continuity, AlertingOptions Options, AlertMeters Meters,
    EvaluationMark Mark, TimeProvider Time, ILoggerFactory Loggers);
