using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>Grain hosting that evaluates rules in its own way.</summary>
internal interface IAlertHosting
{
    /// <returns>Null: as a node without a cluster does.</returns>
    IAlertEvaluation? CreateEvaluation(AlertingParts parts, IGrains grains);
}
