using System.Diagnostics.Metrics;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting;

/// <summary>Alerting's own figures.</summary>
public sealed class AlertMeters
{
    private readonly Meter _meter;
    private readonly Counter<long> _evaluations;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _lateness;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _dead;

    /// <param name="meter">The node's; it outlives this.</param>
    public AlertMeters(Meter meter)
    {
        _meter = meter;
        _evaluations = meter.CreateCounter<long>("metricsgrains.alerts.evaluations", "{evaluation}", "Evaluations of alert rules");
        _failures = meter.CreateCounter<long>("metricsgrains.alerts.evaluation_failures", "{evaluation}", "Evaluations that could not read their data");
        _lateness = meter.CreateHistogram<double>("metricsgrains.alerts.lateness", "ms", "By how much evaluations began after they were due");
        _sent = meter.CreateCounter<long>("metricsgrains.notifications.sent", "{message}", "Messages that their receiver took, by type of channel");
        _failed = meter.CreateCounter<long>("metricsgrains.notifications.failed", "{message}", "Attempts that failed and are repeated, by type of channel");
        _dead = meter.CreateCounter<long>("metricsgrains.notifications.dead", "{message}", "Messages given up, by type of channel");
    }

    public void Evaluated(bool failed)
    {
        _evaluations.Add(1);
        if (failed)
        {
            _failures.Add(1);
        }
    }

    public void Late(double milliseconds) => _lateness.Record(milliseconds);

    public void Sent(ChannelType type) => _sent.Add(1, Tag(type));

    public void Failed(ChannelType type) => _failed.Add(1, Tag(type));

    public void Dead(ChannelType type, int messages)
    {
        if (messages > 0)
        {
            _dead.Add(messages, Tag(type));
        }
    }

    /// <summary>A figure read when it is asked for.</summary>
    public void Observe(string name, string unit, string description, Func<double> read) => _meter.CreateObservableGauge(name, read, unit, description);

    private static KeyValuePair<string, object?> Tag(ChannelType type) => new("type", ChannelTypes.NameOf(type));
}
