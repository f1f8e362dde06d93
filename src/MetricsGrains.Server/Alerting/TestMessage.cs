using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Alerting;

/// <summary>What "send test" sends: an alert as it will look, that says it is none.</summary>
internal static class TestMessage
{
    public static Notification For(Channel channel, string baseUrl, long nowMs)
    {
        var notice = new AlertNotice
        {
            RuleId = channel.Id,
            RuleName = "Test of " + channel.Name,
            Severity = AlertSeverity.Info,
            MetricName = "metricsgrains.test",
            Condition = AlertCondition.Gt,
            Threshold = 40,
            WindowMinutes = 5,
            Tags = TagSet.Of(("test", "true")),
            Instance = "test:true",
            Status = AlertStatus.Firing,
            Value = 42,
            IncidentMs = nowMs,
            AtMs = nowMs,
            Message = "Somebody pressed \"send test\". Nothing is wrong: alerts that go to this channel look like this.",
            Recent = [31, 32, 30, 33, 35, 34, 38, 37, 41, 42],
            ChartPath = "/",
            SilencePath = "/alerts/silences",
        };
        var id = Guid.NewGuid();
        return new Notification(id, channel.Id, $"test/{id:N}", NotificationReason.Test, [notice], [notice.IncidentKey], null, baseUrl, nowMs);
    }
}
