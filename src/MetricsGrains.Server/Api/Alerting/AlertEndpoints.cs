using System.Globalization;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>/api/v1/alerts and /api/v1/rules as Prometheus answers them, so that what reads those reads ours.</summary>
/// <remarks>Source: prometheus.io/docs/prometheus/latest/querying/api, "Alerts" and "Rules".</remarks>
internal static class AlertEndpoints
{
    public static void MapAlerts(this AlertingRoutes routes)
    {
        routes.Map("GET", "/api/v1/alerts", AlertsAsync);
        routes.Map("GET", "/api/v1/rules", RulesAsync);
    }

    private static async Task<IResult> AlertsAsync(AlertRequest request)
    {
        var alerts = new List<object>();
        foreach (AlertRuleStanding standing in await request.Services.Grains.ListRulesAsync(request.Cancel))
        {
            alerts.AddRange(await AlertsOfAsync(request, standing));
        }
        return ApiAnswer.Of(new { alerts });
    }

    private static async Task<IResult> RulesAsync(AlertRequest request)
    {
        var rules = new List<object>();
        foreach (AlertRuleStanding standing in await request.Services.Grains.ListRulesAsync(request.Cancel))
        {
            rules.Add(await RuleOfAsync(request, standing));
        }
        var group = new { name = "MetricsGrains", file = RuleEndpoints.Path, interval = request.Services.Options.EvaluationInterval.TotalSeconds, rules };
        return ApiAnswer.Of(new { groups = (object[])[group] });
    }

    private static async Task<object> RuleOfAsync(AlertRequest request, AlertRuleStanding standing)
    {
        (AlertRule rule, IReadOnlyList<object> alerts) = (standing.Rule, await AlertsOfAsync(request, standing));
        bool error = standing.State.Instances.Any(i => i.State.Phase == AlertPhase.Error);
        return new
        {
            name = rule.Name,
            query = AlertRuleText.Of(rule),
            duration = rule.For.TotalSeconds,
            keepFiringFor = rule.KeepFiringFor.TotalSeconds,
            labels = LabelsOf(rule),
            annotations = AnnotationsOf(rule, AlertRuleText.Of(rule)),
            alerts,
            health = standing.LastEvaluationMs == 0 ? "unknown" : error ? "err" : "ok",
            lastError = error ? standing.Problem : "",
            type = "alerting",
            state = alerts.Count == 0 ? "inactive" : standing.State.Instances.Any(i => i.State.IsAlerting) ? "firing" : "pending",
            lastEvaluation = ApiTime.Of(standing.LastEvaluationMs),
            enabled = rule.Enabled,
        };
    }

    private static async Task<IReadOnlyList<object>> AlertsOfAsync(AlertRequest request, AlertRuleStanding standing)
    {
        AlertInstance[] shown = [.. standing.State.Instances.Where(i => i.State.IsAlerting || i.State.Held == AlertPhase.Pending)];
        if (shown.Length == 0)
        {
            return [];
        }
        string unit = await request.Services.UnitOfAsync(standing.Rule.MetricName, request.Cancel);
        var notices = new AlertNotices(standing.Rule, request.Services.Options.PublicUrl);
        return [.. shown.Select(i => AlertOf(standing, i, notices.Of(i, unit, [], standing.State.Mute is not null, request.NowMs)))];
    }

    private static object AlertOf(AlertRuleStanding standing, AlertInstance instance, AlertNotice notice)
    {
        long since = (instance.State.IsAlerting ? instance.State.IncidentMs : instance.State.PendingSinceMs) ?? instance.State.SinceMs;
        return new
        {
            labels = AlertLabels.Of(notice).Where(l => l.Value.Length > 0).ToDictionary(),
            annotations = AnnotationsOf(standing.Rule, instance.State.IsAlerting ? notice.Message : $"{AlertRuleText.Of(standing.Rule)}: pending"),
            state = instance.State.IsAlerting ? "firing" : "pending",
            activeAt = ApiTime.Of(since),
            value = (instance.State.LastValue ?? double.NaN).ToString("R", CultureInfo.InvariantCulture),
            // Beyond Prometheus' own: what a page needs to say why nobody was told.
            noData = instance.State.Held == AlertPhase.NoData,
            muted = standing.State.Mute is not null,
            acknowledgedBy = instance.Acknowledged?.By,
        };
    }

    private static Dictionary<string, string> LabelsOf(AlertRule rule)
    {
        var labels = new Dictionary<string, string> { ["severity"] = AlertNames.Of(rule.Severity), ["rule_id"] = rule.Id.ToString() };
        if (rule.Owner.Length > 0)
        {
            labels["owner"] = rule.Owner;
        }
        return labels;
    }

    private static Dictionary<string, string> AnnotationsOf(AlertRule rule, string summary)
    {
        var annotations = new Dictionary<string, string> { ["summary"] = summary };
        if (rule.RunbookUrl.Length > 0)
        {
            annotations["runbook_url"] = rule.RunbookUrl;
        }
        return annotations;
    }
}
