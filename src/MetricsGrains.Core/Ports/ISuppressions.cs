using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Ports;

/// <summary>Silences, maintenance windows and inhibiting alerts, as they are now.</summary>
public interface ISuppressions
{
    /// <returns>What keeps the alert from being told; null when nothing does.</returns>
    ValueTask<Suppression?> FindAsync(AlertNotice notice, long nowMs, CancellationToken cancel);
}
