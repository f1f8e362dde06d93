using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>/api/v1/alert-rules: rules as people write them.</summary>
internal static class RuleEndpoints
{
    public const string Path = "/api/v1/alert-rules";

    public static void MapRules(this AlertingRoutes routes)
    {
        routes.Map("GET", Path, ListAsync);
        routes.Map("POST", Path, CreateAsync);
        routes.Map("GET", Path + "/{id:guid}", GetAsync);
        routes.Map("PUT", Path + "/{id:guid}", request => EditAsync(request, inPart: false));
        routes.Map("PATCH", Path + "/{id:guid}", request => EditAsync(request, inPart: true));
        routes.Map("DELETE", Path + "/{id:guid}", DeleteAsync);
        routes.Map("GET", Path + "/{id:guid}/versions", VersionsAsync);
    }

    /// <summary>The rule of the path.</summary>
    /// <exception cref="ApiProblemException">404.</exception>
    public static async Task<AlertRule> StoredAsync(AlertRequest request) =>
        await request.Services.Store.FindRuleAsync(request.Id, request.Cancel) ?? throw ApiProblemException.NotFound($"there is no rule {request.Id}");

    public static async Task<ChannelNames> ChannelsAsync(AlertRequest request) => new(await request.Services.Store.ListChannelsAsync(request.Cancel));

    private static async Task<IResult> ListAsync(AlertRequest request)
    {
        (QueryParameters parameters, CancellationToken cancel) = (request.Parameters, request.Cancel);
        int limit = parameters.Limit("limit", 100);
        var filter = RuleFilter.Of(parameters);
        IReadOnlyList<AlertRule> rules = await request.Services.Store.ListRulesAsync(cancel);
        Dictionary<Guid, AlertRuleStanding> standings = (await request.Services.Grains.ListRulesAsync(cancel)).ToDictionary(s => s.Rule.Id);
        ChannelNames channels = await ChannelsAsync(request);
        string after = parameters.Text("after");
        AlertRule[] found = [.. rules
            .Where(r => after.Length == 0 || string.Compare(r.Name, after, StringComparison.OrdinalIgnoreCase) > 0)
            .Where(r => filter.Matches(r, standings.GetValueOrDefault(r.Id)?.State, channels))
            .Take(limit + 1)];
        return ApiAnswer.Page(found.Take(limit).Select(r => RuleJson.Of(r, standings.GetValueOrDefault(r.Id), channels)), found.Length > limit ? found[limit - 1].Name : null);
    }

    private static async Task<IResult> GetAsync(AlertRequest request)
    {
        AlertRule rule = await StoredAsync(request);
        return ApiAnswer.Versioned(await WholeAsync(request, rule, await ChannelsAsync(request)), rule.Version);
    }

    private static async Task<IResult> CreateAsync(AlertRequest request)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        ChannelNames channels = await ChannelsAsync(request);
        fields.Ignore("version");
        AlertRule rule = RuleBody.Read(fields, RuleBody.NewRule(fields.Id("id") ?? Guid.NewGuid()), channels, isNew: true);
        string by = request.By(fields);
        fields.RefuseOthers();
        IReadOnlyList<FieldProblem> warnings = await CheckAsync(request, rule, null, channels, problems);
        AlertRule saved = await new RuleEdits(request.Services, channels, request.NowMs, by).SaveAsync(rule, null, request.Cancel);
        return ApiAnswer.Versioned(await WholeAsync(request, saved, channels), saved.Version, warnings, $"{Path}/{saved.Id}");
    }

    private static async Task<IResult> EditAsync(AlertRequest request, bool inPart)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        AlertRule before = await StoredAsync(request);
        EditPrecondition.Check(request.Http, fields, before.Version, required: !inPart);
        if (fields.Id("id") is { } id && id != before.Id)
        {
            fields.Add("id", "is not that of the path; a rule keeps its id");
        }
        ChannelNames channels = await ChannelsAsync(request);
        AlertRule rule = RuleBody.Read(fields, inPart ? before : RuleBody.NewRule(before.Id), channels, isNew: !inPart);
        string by = request.By(fields);
        fields.RefuseOthers();
        IReadOnlyList<FieldProblem> warnings = await CheckAsync(request, rule, before, channels, problems);
        AlertRule saved = RuleEdits.IsChanged(before, rule) ? await new RuleEdits(request.Services, channels, request.NowMs, by).SaveAsync(rule, before, request.Cancel) : before;
        return ApiAnswer.Versioned(await WholeAsync(request, saved, channels), saved.Version, warnings);
    }

    private static async Task<IResult> DeleteAsync(AlertRequest request)
    {
        AlertRule rule = await StoredAsync(request);
        EditPrecondition? precondition = EditPrecondition.Of(request.Http, null);
        precondition?.Check(rule.Version);
        await new RuleEdits(request.Services, await ChannelsAsync(request), request.NowMs, request.By()).DeleteAsync(rule, precondition is null ? null : rule.Version, request.Cancel);
        return ApiAnswer.Of(new { id = rule.Id, name = rule.Name, deleted = true });
    }

    /// <summary>The history of a rule's edits, newest first, each with what it changed. Of a deleted rule too.</summary>
    private static async Task<IResult> VersionsAsync(AlertRequest request)
    {
        IReadOnlyList<AlertRuleVersion> versions = await request.Services.Store.ListVersionsAsync(request.Id, request.Cancel);
        if (versions.Count == 0)
        {
            throw ApiProblemException.NotFound($"there is no rule {request.Id}, and there was none");
        }
        ChannelNames channels = await ChannelsAsync(request);
        return ApiAnswer.Of(versions.Select((v, i) => new
        {
            version = v.Rule.Version,
            deleted = v.Deleted,
            at = ApiTime.Of(v.Rule.UpdatedAtMs),
            by = v.Rule.UpdatedBy,
            changes = v.Deleted ? "deleted" : i + 1 < versions.Count ? AlertRuleChanges.Between(versions[i + 1].Rule, v.Rule) : "created",
            rule = RuleJson.Definition(v.Rule, channels),
        }));
    }

    private static async Task<IReadOnlyList<FieldProblem>> CheckAsync(AlertRequest request, AlertRule rule, AlertRule? before, ChannelNames channels, List<FieldProblem> problems)
    {
        // What could not be read has its default: no second complaint about that.
        HashSet<string> named = [.. problems.Select(p => p.Field)];
        problems.AddRange((await RuleChecks.CheckAsync(rule, before, channels, request.Services, request.Cancel)).Where(p => !named.Contains(p.Field)));
        return AlertRequest.Refuse(problems);
    }

    private static async Task<object> WholeAsync(AlertRequest request, AlertRule rule, ChannelNames channels)
    {
        AlertRuleStanding? standing = await request.Services.Grains.DescribeRuleAsync(rule.Id, request.Cancel);
        return RuleJson.Whole(rule, standing, channels);
    }
}
