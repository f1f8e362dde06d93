using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A rule's message as it would read, for an alert that its preview found; failing that, for its newest value.</summary>
public static class MessageSample
{
    /// <param name="baseUrl">The dashboard's address without a slash at its end.</param>
    /// <returns>Empty when there is nothing to say it of, or the template does not parse.</returns>
    public static string Of(AlertRule rule, RulePreview? preview, long nowMs, string baseUrl)
    {
        if (rule.MetricName.Length == 0 || !MessageTemplate.TryParse(rule.Message, out _, out _))
        {
            return "";
        }
        PreviewGroup? fired = preview?.Groups.FirstOrDefault(g => g.Firings.Count > 0);
        PreviewFiring? firing = fired?.Firings[^1];
        PreviewGroup? any = fired ?? preview?.Groups.FirstOrDefault(g => g.Points.Count > 0);
        double? value = firing?.Peak ?? (any is { Points.Count: > 0 } ? any.Points[^1].Value : rule.Type == AlertRuleType.DeadMan ? rule.Window.TotalSeconds : rule.Threshold);
        var state = new AlertState { Phase = AlertPhase.Firing, Held = AlertPhase.Firing, SinceMs = nowMs, IncidentMs = firing?.FromMs ?? nowMs, LastValue = value, LastValueMs = nowMs };
        return new AlertNotices(rule, baseUrl).Of(new AlertInstance(any?.Tags ?? TagSet.Empty, state, nowMs), preview?.Unit ?? "", [], muted: false, nowMs).Message;
    }
}
