using System.Globalization;
using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>/api/v1/alert-events, and /api/v1/alert-explanation which answers from them why nobody was paged.</summary>
internal static class HistoryEndpoints
{
    private static readonly Dictionary<string, AlertEventKind> s_kinds = Enum.GetValues<AlertEventKind>().ToDictionary(KindName);

    public static void MapHistory(this AlertingRoutes routes)
    {
        routes.Map("GET", "/api/v1/alert-events", EventsAsync);
        routes.Map("GET", "/api/v1/alert-explanation", ExplainAsync);
    }

    private static async Task<IResult> EventsAsync(AlertRequest request)
    {
        QueryParameters parameters = request.Parameters;
        int limit = parameters.Limit("limit", 100);
        long to = parameters.Time("to", request.NowMs + 1), from = parameters.Time("from", to - (long)TimeSpan.FromDays(7).TotalMilliseconds);
        string before = parameters.Text("before"), instance = parameters.Text("instance");
        if (before.Length > 0 && !long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new QueryException("before", $"'{before}' is no id; give what the page before had as next");
        }
        var query = new AlertEventQuery(
            await RuleIdAsync(request, parameters.Text("rule")), instance.Length > 0 ? instance : null, await ChannelIdAsync(request, parameters.Text("channel")), [.. parameters.List("kind").Select(KindOf)],
            from, to, before.Length > 0 ? long.Parse(before, CultureInfo.InvariantCulture) : null, limit);
        IReadOnlyList<AlertEvent> events = await request.Services.Store.ReadEventsAsync(query, request.Cancel);
        return ApiAnswer.Page(events.Select(Json), events.Count == limit ? events[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Parameters: rule (id or name), instance (its tags, key:value,…; without it the one that was worst off), time.</summary>
    private static async Task<IResult> ExplainAsync(AlertRequest request)
    {
        QueryParameters parameters = request.Parameters;
        Guid id = (await RuleIdAsync(request, parameters.Required("rule")))!.Value;
        string instance = parameters.Text("instance");
        long at = parameters.Time("time", request.NowMs);
        AlertExplanation explanation = await request.Services.Explanations.ExplainAsync(id, instance, at, request.Cancel) ?? throw ApiProblemException.NotFound($"there is no rule {id}, and there was none");
        IReadOnlyList<AlertRuleVersion> versions = await request.Services.Store.ListVersionsAsync(id, request.Cancel);
        return ApiAnswer.Of(new
        {
            rule_id = id,
            rule = versions.Count > 0 ? versions[0].Rule.Name : "",
            instance,
            time = ApiTime.Of(at),
            summary = explanation.Summary,
            steps = explanation.Steps.Select(s => new { at = ApiTime.Of(s.AtMs), text = s.Text }),
        });
    }

    private static async Task<Guid?> RuleIdAsync(AlertRequest request, string written)
    {
        if (written.Length == 0)
        {
            return null;
        }
        if (Guid.TryParse(written, out Guid id))
        {
            return id;
        }
        IReadOnlyList<AlertRule> rules = await request.Services.Store.ListRulesAsync(request.Cancel);
        return rules.FirstOrDefault(r => r.Name.Equals(written, StringComparison.OrdinalIgnoreCase))?.Id
            ?? throw new QueryException("rule", $"there is no rule named '{written}'{NearestName.Hint(written, rules.Select(r => r.Name))}; of a deleted one give the id");
    }

    private static async Task<Guid?> ChannelIdAsync(AlertRequest request, string written)
    {
        if (written.Length == 0)
        {
            return null;
        }
        if (Guid.TryParse(written, out Guid id))
        {
            return id;
        }
        return (await RuleEndpoints.ChannelsAsync(request)).Find(written)?.Id ?? throw new QueryException("channel", $"there is no channel named '{written}'");
    }

    private static AlertEventKind KindOf(string written) =>
        s_kinds.TryGetValue(written, out AlertEventKind kind) ? kind : throw new QueryException("kind", $"'{written}' is no kind of event{NearestName.Hint(written, s_kinds.Keys)}; there are {string.Join(", ", s_kinds.Keys)}");

    private static string KindName(AlertEventKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static object Json(AlertEvent entry) => new
    {
        id = entry.Id,
        at = ApiTime.Of(entry.AtMs),
        kind = KindName(entry.Kind),
        rule_id = entry.RuleId,
        rule = entry.RuleName,
        instance = entry.Instance,
        from = entry.From is { } from ? RuleJson.NameOf(from) : null,
        to = entry.To is { } to ? RuleJson.NameOf(to) : null,
        value = ApiAnswer.Finite(entry.Value),
        incident_at = ApiTime.Of(entry.IncidentMs),
        channel_id = entry.ChannelId,
        channel = entry.ChannelName,
        suppression = entry.Suppression is { } reason ? JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()) : null,
        detail = entry.Detail,
        by = entry.By,
    };
}
