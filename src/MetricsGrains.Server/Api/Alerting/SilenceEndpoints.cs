using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>/api/v1/silences: silences and maintenance windows.</summary>
internal static class SilenceEndpoints
{
    private const string Path = "/api/v1/silences";

    public static void MapSilences(this AlertingRoutes routes)
    {
        routes.Map("GET", Path, ListAsync);
        routes.Map("POST", Path, CreateAsync);
        routes.Map("GET", Path + "/{id:guid}", GetAsync);
        routes.Map("PUT", Path + "/{id:guid}", request => EditAsync(request, inPart: false));
        routes.Map("PATCH", Path + "/{id:guid}", request => EditAsync(request, inPart: true));
        routes.Map("DELETE", Path + "/{id:guid}", ExpireAsync);
        routes.Map("POST", Path + "/preview", PreviewAsync);
    }

    private static async Task<Silence> StoredAsync(AlertRequest request) =>
        await request.Services.Store.FindSilenceAsync(request.Id, request.Cancel) ?? throw ApiProblemException.NotFound($"there is no silence {request.Id}");

    private static async Task<IResult> ListAsync(AlertRequest request)
    {
        string status = request.Parameters.Text("status").ToLowerInvariant();
        if (status is not ("" or "active" or "pending" or "expired" or "all"))
        {
            throw new QueryException("status", $"'{status}' must be one of active, pending, expired, all; without it those that are not over");
        }
        long endingAfter = status is "expired" or "all" ? 0 : request.NowMs;
        IReadOnlyList<Silence> silences = await request.Services.Store.ListSilencesAsync(endingAfter, request.Cancel);
        return ApiAnswer.Page(silences.Where(s => status is "" or "all" || SilenceJson.StatusOf(s, request.NowMs) == status).Select(s => SilenceJson.Of(s, request.NowMs)), null);
    }

    private static async Task<IResult> GetAsync(AlertRequest request)
    {
        Silence silence = await StoredAsync(request);
        return ApiAnswer.Versioned(SilenceJson.Of(silence, request.NowMs), silence.Version);
    }

    private static async Task<IResult> CreateAsync(AlertRequest request)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        fields.Ignore("version");
        return await SaveAsync(request, fields, problems, null, inPart: false, fields.Id("id") ?? Guid.NewGuid());
    }

    private static async Task<IResult> EditAsync(AlertRequest request, bool inPart)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        Silence stored = await StoredAsync(request);
        EditPrecondition.Check(request.Http, fields, stored.Version, required: !inPart);
        if (fields.Id("id") is { } id && id != stored.Id)
        {
            fields.Add("id", "is not that of the path; a silence keeps its id");
        }
        return await SaveAsync(request, fields, problems, stored, inPart, stored.Id);
    }

    private static async Task<IResult> SaveAsync(AlertRequest request, JsonFields fields, List<FieldProblem> problems, Silence? stored, bool inPart, Guid id)
    {
        string by = request.By(fields);
        // "api" is nobody: a silence must say who is to be asked.
        Silence silence = SilenceBody.Read(fields, stored, inPart, id, by == "api" ? "" : by, problems, request.NowMs);
        fields.RefuseOthers();
        problems.AddRange(SilenceMatching.Check(silence).Where(p => !problems.Exists(k => k.Field.Split('[')[0] == p.Field.Split('[')[0])));
        if (silence.ToMs <= request.NowMs && silence.ToMs > silence.FromMs)
        {
            problems.Add(new FieldProblem("to", "must be in the future; to end a silence, DELETE it"));
        }
        IReadOnlyList<FieldProblem> warnings = AlertRequest.Refuse(problems);
        await StoreAsync(request, silence, AlertEventKind.SilenceCreated, by == "api" ? silence.CreatedBy : by, (stored is null ? "" : "edited: ") + SilenceJson.TextOf(silence), stored is null);
        return ApiAnswer.Versioned(SilenceJson.Of(silence, request.NowMs), silence.Version, warnings, stored is null ? $"{Path}/{silence.Id}" : null);
    }

    /// <summary>Ends it now; one that is over stays as it is.</summary>
    private static async Task<IResult> ExpireAsync(AlertRequest request)
    {
        Silence stored = await StoredAsync(request);
        EditPrecondition.Of(request.Http, null)?.Check(stored.Version);
        if (stored.ToMs <= request.NowMs)
        {
            return ApiAnswer.Versioned(SilenceJson.Of(stored, request.NowMs), stored.Version);
        }
        Silence expired = stored with { FromMs = Math.Min(stored.FromMs, request.NowMs), ToMs = request.NowMs, Version = stored.Version + 1 };
        await StoreAsync(request, expired, AlertEventKind.SilenceExpired, request.By(), "ended early: " + SilenceJson.TextOf(stored), isNew: false);
        return ApiAnswer.Versioned(SilenceJson.Of(expired, request.NowMs), expired.Version);
    }

    private static async Task StoreAsync(AlertRequest request, Silence silence, AlertEventKind kind, string by, string detail, bool isNew)
    {
        var edit = new AlertEvent { AtMs = request.NowMs, Kind = kind, By = by, Detail = detail };
        EditResult result = await request.Services.Store.SaveSilenceAsync(silence, edit, request.Cancel);
        if (result != EditResult.Done)
        {
            throw isNew
                ? ApiProblemException.OfField("id", $"there is a silence {silence.Id} already", StatusCodes.Status409Conflict)
                : EditPrecondition.Conflict((await request.Services.Store.FindSilenceAsync(silence.Id, request.Cancel))?.Version);
        }
        if (request.Services.Silences is { } silences)
        {
            await silences.ReloadAsync(CancellationToken.None);
        }
    }

    /// <summary>Body: matchers. Which instances they match as things stand; those that fire first.</summary>
    private static async Task<IResult> PreviewAsync(AlertRequest request)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        fields.Ignore("from", "to", "duration", "recurrence", "comment", "created_by", "by", "id", "version");
        IReadOnlyList<AlertMatcher> matchers = SilenceBody.ReadMatchers(fields, []);
        fields.RefuseOthers();
        var silence = new Silence { Id = Guid.Empty, Matchers = matchers, FromMs = 0, ToMs = long.MaxValue, CreatedBy = "preview", Comment = "preview" };
        problems.AddRange(SilenceMatching.Check(silence).Where(_ => problems.Count == 0));
        IReadOnlyList<FieldProblem> warnings = AlertRequest.Refuse(problems);
        SilencePreview preview = SilencePreview.Of(silence, await request.Services.Grains.ListRulesAsync(request.Cancel), request.NowMs);
        return ApiAnswer.Of(preview.Json(), warnings);
    }
}
