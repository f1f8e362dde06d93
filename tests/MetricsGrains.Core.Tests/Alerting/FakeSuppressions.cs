using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>Keeps back what it is told to, by instance.</summary>
internal sealed class FakeSuppressions : ISuppressions
{
    public Dictionary<string, Suppression> Silenced { get; } = [];

    public int Asked { get; private set; }

    public ValueTask<Suppression?> FindAsync(AlertNotice notice, long nowMs, CancellationToken cancel)
    {
        Asked++;
        return new(Silenced.GetValueOrDefault(notice.Instance));
    }
}
