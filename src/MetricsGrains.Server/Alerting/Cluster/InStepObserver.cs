using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// Reads what a rule watches, but never a part of it for the whole: when a silo has come or gone, a metric's grain may be another one, which not every log
/// has brought up to date. An alert must neither end nor begin because of that.
/// </summary>
internal sealed class InStepObserver(IAlertObserver inner, AlertingReports reports, IAlertPeers peers) : IAlertObserver
{
    /// <summary>Logs find a grain that is gone within seconds; grains that belong to a new silo move to it within minutes.</summary>
    private static readonly TimeSpan s_unsettled = TimeSpan.FromMinutes(3);

    /// <summary>Silos that come and go faster than that are a fault that must be seen.</summary>
    private const int Attempts = 3;

    public async Task<ObservedValues> ObserveAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            int changes = reports.Changes;
            try
            {
                if (reports.SinceChange < s_unsettled)
                {
                    await Task.WhenAll(peers.Silos.Select(s => peers.AwaitInStepAsync(s, rule.MetricName, cancel)));
                }
                ObservedValues values = await inner.ObserveAsync(rule, fromMs, toMs, cancel);
                if (reports.Changes == changes)
                {
                    return values;
                }
            }
            catch (Exception error) when (reports.Changes != changes && attempt < Attempts && error is not AlertObservationException && !cancel.IsCancellationRequested)
            {
                // Whoever did not answer is gone: those who are there now are asked.
            }
            if (attempt == Attempts)
            {
                throw new GrainUnavailableException("silos come and go: nobody has all samples for long enough to be asked");
            }
        }
    }

    public Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel) => inner.RecentAsync(rule, tags, toMs, cancel);
}
