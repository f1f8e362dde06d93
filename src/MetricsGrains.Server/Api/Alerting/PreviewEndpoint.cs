using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>POST /api/v1/alert-rules/preview: what a rule would have done.</summary>
internal static class PreviewEndpoint
{
    private const int DefaultPoints = 500;

    public static void MapPreview(this AlertingRoutes routes) => routes.Map("POST", RuleEndpoints.Path + "/preview", PreviewAsync);

    /// <summary>Body: a rule, of which the name may be missing; from and to, or range (1h, 1d, 7d); max_points a group, 0 for none.</summary>
    private static async Task<IResult> PreviewAsync(AlertRequest request)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        ChannelNames channels = await RuleEndpoints.ChannelsAsync(request);
        fields.Ignore("id", "version", "by");
        AlertRule rule = RuleBody.Read(fields, RuleBody.NewRule(Guid.Empty) with { Name = "preview" }, channels, isNew: true);
        long to = fields.Time("to") ?? request.NowMs;
        TimeSpan range = fields.Duration("range", TimeSpan.FromDays(1));
        long from = fields.Time("from") ?? to - (long)range.TotalMilliseconds;
        int maxPoints = fields.Whole("max_points", DefaultPoints);
        if (maxPoints is < 0 or > 20_000)
        {
            fields.Add("max_points", "must be from 0 to 20000");
        }
        fields.RefuseOthers();
        HashSet<string> named = [.. problems.Select(p => p.Field)];
        problems.AddRange(AlertRuleValidation.Check(rule with { Name = "preview" }).Where(p => !named.Contains(p.Field)));
        IReadOnlyList<FieldProblem> warnings = AlertRequest.Refuse(problems);
        RulePreview preview = await request.Services.Previews.PreviewAsync(rule, from, to, request.Cancel);
        return ApiAnswer.Of(Json(preview, rule, maxPoints), warnings);
    }

    private static object Json(RulePreview preview, AlertRule rule, int maxPoints) => new
    {
        from = ApiTime.Of(preview.FromMs),
        to = ApiTime.Of(preview.ToMs),
        summary = AlertRuleText.Of(rule),
        total_groups = preview.TotalGroups,
        total_firings = preview.TotalFirings,
        total_pages = preview.TotalPages,
        total_reminders = preview.TotalReminders,
        groups_not_shown = preview.Truncated,
        groups_not_counted = preview.Uncounted,
        groups_not_watched = preview.Unwatched,
        unit = preview.Unit,
        problem = preview.Problem,
        groups = preview.Groups.Select(g => new
        {
            tags = new Dictionary<string, string>(g.Tags.ToPairs()),
            pages = g.Pages,
            firings = g.Firings.Select(f => new { from = ApiTime.Of(f.FromMs), to = ApiTime.Of(f.ToMs), peak = ApiAnswer.Finite(f.Peak), no_data = f.NoData, ongoing = f.Ongoing }),
            points = Thinned(g.Points, rule, maxPoints, preview).Select(p => new { timestamp = p.AtMs, value = ApiAnswer.Finite(p.Value) }),
        }),
    };

    /// <summary>Of the points that would share a place the one furthest into the condition, so that what fired is seen to have.</summary>
    private static IEnumerable<PreviewPoint> Thinned(IReadOnlyList<PreviewPoint> points, AlertRule rule, int maxPoints, RulePreview preview)
    {
        if (points.Count <= maxPoints)
        {
            return points;
        }
        if (maxPoints == 0)
        {
            return [];
        }
        bool down = rule.Type == AlertRuleType.Threshold && rule.Condition is AlertCondition.Lt or AlertCondition.Lte;
        long minutes = ((preview.ToMs - preview.FromMs) / Resolution.OneMinute) + 1;
        long step = ((minutes + maxPoints - 1) / maxPoints) * Resolution.OneMinute;
        return points.GroupBy(p => (p.AtMs - preview.FromMs) / step).Select(b => down ? b.MinBy(p => p.Value) : b.MaxBy(p => p.Value));
    }
}
