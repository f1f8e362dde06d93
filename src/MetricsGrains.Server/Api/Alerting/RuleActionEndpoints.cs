using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>What can be done to a rule and its instances without editing it.</summary>
internal static class RuleActionEndpoints
{
    private const string Path = RuleEndpoints.Path + "/{id:guid}";
    private const int MaxNoteLength = 2_000;

    public static void MapRuleActions(this AlertingRoutes routes)
    {
        routes.Map("POST", Path + "/mute", MuteAsync);
        routes.Map("DELETE", Path + "/mute", UnmuteAsync);
        routes.Map("POST", Path + "/evaluate", EvaluateAsync);
        routes.Map("POST", Path + "/acknowledge", AcknowledgeAsync);
        routes.Map("POST", Path + "/forget", ForgetAsync);
    }

    /// <summary>Body: until (a time) or for (a duration), or neither for until somebody ends it; why; by.</summary>
    private static async Task<IResult> MuteAsync(AlertRequest request)
    {
        AlertRule rule = await RuleEndpoints.StoredAsync(request);
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        long? until = fields.Time("until");
        TimeSpan duration = fields.Duration("for", TimeSpan.Zero);
        if (until is not null && fields.Has("for"))
        {
            fields.Add("for", "give either until or for");
        }
        else if (fields.Has("for") && duration <= TimeSpan.Zero)
        {
            fields.Add("for", "must be more than 0s");
        }
        if (until <= request.NowMs)
        {
            fields.Add("until", "must be in the future");
        }
        string why = Note(fields, "why"), by = request.By(fields);
        fields.RefuseOthers();
        AlertRequest.Refuse(problems);
        long end = until ?? (duration > TimeSpan.Zero ? request.NowMs + (long)duration.TotalMilliseconds : long.MaxValue);
        await request.Services.Grains.MuteAsync(rule.Id, new RuleMute(end, by, why), by, request.Cancel);
        return await StandingAsync(request, rule);
    }

    private static async Task<IResult> UnmuteAsync(AlertRequest request)
    {
        AlertRule rule = await RuleEndpoints.StoredAsync(request);
        await request.Services.Grains.MuteAsync(rule.Id, null, request.By(), request.Cancel);
        return await StandingAsync(request, rule);
    }

    private static async Task<IResult> EvaluateAsync(AlertRequest request)
    {
        AlertRule rule = await RuleEndpoints.StoredAsync(request);
        await request.Services.Grains.EvaluateAsync(rule.Id, request.Cancel);
        return await StandingAsync(request, rule);
    }

    /// <summary>Body: tags of the instance, or none for every instance that fires; note; by.</summary>
    private static async Task<IResult> AcknowledgeAsync(AlertRequest request)
    {
        AlertRule rule = await RuleEndpoints.StoredAsync(request);
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        TagSet? tags = fields.Stored<TagSet?>("tags", null);
        string note = Note(fields, "note"), by = request.By(fields);
        fields.RefuseOthers();
        AlertRequest.Refuse(problems);
        AlertRuleStanding? standing = await request.Services.Grains.DescribeRuleAsync(rule.Id, request.Cancel);
        TagSet[] firing = [.. (standing?.State.Instances ?? []).Where(i => i.State.IsAlerting && (tags is null || i.Tags.Equals(tags))).Select(i => i.Tags)];
        int acknowledged = 0;
        foreach (TagSet instance in firing)
        {
            acknowledged += await request.Services.Grains.AcknowledgeAsync(rule.Id, instance, new Acknowledgement(by, request.NowMs, note), request.Cancel) ? 1 : 0;
        }
        if (acknowledged == 0)
        {
            throw new ApiProblemException(StatusCodes.Status409Conflict, tags is null ? $"nothing of the rule '{rule.Name}' fires" : $"'{tags}' of the rule '{rule.Name}' does not fire");
        }
        return await StandingAsync(request, rule);
    }

    /// <summary>Body: tags of the instance; by.</summary>
    private static async Task<IResult> ForgetAsync(AlertRequest request)
    {
        AlertRule rule = await RuleEndpoints.StoredAsync(request);
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        TagSet? tags = fields.Stored<TagSet?>("tags", null);
        if (tags is null && problems.Count == 0)
        {
            fields.Add("tags", "missing: which group is to be forgotten? Like {\"host\":\"web-1\"}");
        }
        string by = request.By(fields);
        fields.RefuseOthers();
        AlertRequest.Refuse(problems);
        return await request.Services.Grains.ForgetAsync(rule.Id, tags!, by, request.Cancel)
            ? await StandingAsync(request, rule)
            : throw ApiProblemException.NotFound($"the rule '{rule.Name}' has no group '{tags}'");
    }

    private static string Note(JsonFields fields, string name)
    {
        string note = fields.Text(name, "").Trim();
        if (note.Length > MaxNoteLength)
        {
            fields.Add(name, $"{note.Length} characters, more than {MaxNoteLength}");
        }
        return note;
    }

    private static async Task<IResult> StandingAsync(AlertRequest request, AlertRule rule)
    {
        AlertRuleStanding? standing = await request.Services.Grains.DescribeRuleAsync(rule.Id, request.Cancel);
        return ApiAnswer.Of(RuleJson.Whole(rule, standing, await RuleEndpoints.ChannelsAsync(request)));
    }
}
