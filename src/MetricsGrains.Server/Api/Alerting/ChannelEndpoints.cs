using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>/api/v1/channels: where notifications go.</summary>
internal static class ChannelEndpoints
{
    private const string Path = "/api/v1/channels";

    public static void MapChannels(this AlertingRoutes routes)
    {
        routes.Map("GET", "/api/v1/channel-types", _ => Task.FromResult(ApiAnswer.Of(Enum.GetValues<ChannelType>().Select(ChannelJson.TypeOf))));
        routes.Map("GET", Path, ListAsync);
        routes.Map("POST", Path, CreateAsync);
        routes.Map("GET", Path + "/{id:guid}", GetAsync);
        routes.Map("PUT", Path + "/{id:guid}", request => EditAsync(request, inPart: false));
        routes.Map("PATCH", Path + "/{id:guid}", request => EditAsync(request, inPart: true));
        routes.Map("DELETE", Path + "/{id:guid}", DeleteAsync);
        routes.Map("POST", Path + "/{id:guid}/test", TestAsync);
        routes.Map("GET", Path + "/{id:guid}/messages", MessagesAsync);
        routes.Map("POST", Path + "/{id:guid}/messages/{message:guid}/replay", ReplayAsync);
    }

    private static async Task<Channel> StoredAsync(AlertRequest request) =>
        await request.Services.Store.FindChannelAsync(request.Id, request.Cancel) ?? throw ApiProblemException.NotFound($"there is no channel {request.Id}");

    private static async Task<IResult> ListAsync(AlertRequest request)
    {
        IReadOnlyList<Channel> channels = await request.Services.Store.ListChannelsAsync(request.Cancel);
        var names = new ChannelNames(channels);
        var shown = new List<object>(channels.Count);
        foreach (Channel channel in channels)
        {
            shown.Add(await JsonAsync(request, channel, names));
        }
        return ApiAnswer.Page(shown, null);
    }

    private static async Task<IResult> GetAsync(AlertRequest request)
    {
        Channel channel = await StoredAsync(request);
        return ApiAnswer.Versioned(await JsonAsync(request, channel, await RuleEndpoints.ChannelsAsync(request)), channel.Version);
    }

    private static async Task<IResult> CreateAsync(AlertRequest request)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        ChannelNames names = await RuleEndpoints.ChannelsAsync(request);
        fields.Ignore("version");
        Guid id = fields.Id("id") ?? Guid.NewGuid();
        ChannelEdit edit = ChannelBody.Read(fields, null, inPart: false, names);
        return await SaveAsync(request, fields, problems, edit, null, id, names);
    }

    private static async Task<IResult> EditAsync(AlertRequest request, bool inPart)
    {
        var problems = new List<FieldProblem>();
        var fields = new JsonFields(await request.BodyAsync(), "", problems);
        Channel stored = await StoredAsync(request);
        EditPrecondition.Check(request.Http, fields, stored.Version, required: !inPart);
        if (fields.Id("id") is { } id && id != stored.Id)
        {
            fields.Add("id", "is not that of the path; a channel keeps its id");
        }
        ChannelNames names = await RuleEndpoints.ChannelsAsync(request);
        ChannelEdit edit = ChannelBody.Read(fields, stored, inPart, names);
        return await SaveAsync(request, fields, problems, edit, stored, stored.Id, names);
    }

    private static async Task<IResult> SaveAsync(AlertRequest request, JsonFields fields, List<FieldProblem> problems, ChannelEdit edit, Channel? stored, Guid id, ChannelNames names)
    {
        string by = request.By(fields);
        fields.RefuseOthers();
        problems.AddRange(edit.Check(stored).Where(p => !problems.Exists(k => k.Field == p.Field)));
        AlertRequest.Refuse(problems);
        Channel channel = edit.Apply(stored, id, request.NowMs);
        problems.AddRange(request.Services.NotifierOf(channel.Type)?.Check(channel) ?? []);
        IReadOnlyList<FieldProblem> warnings = AlertRequest.Refuse(problems);
        string changes = stored is null ? $"created, {ChannelTypes.NameOf(channel.Type)}" : ChannelChanges.Between(stored, channel);
        if (stored is not null && changes.Length == 0)
        {
            return ApiAnswer.Versioned(await JsonAsync(request, stored, names), stored.Version, warnings);
        }
        switch (await request.Services.Store.SaveChannelAsync(channel, EventOf(request, channel, by, changes), request.Cancel))
        {
            case EditResult.NameTaken:
                throw ApiProblemException.OfField("name", $"there is a channel named '{channel.Name}' already", StatusCodes.Status409Conflict);
            case EditResult.Conflict when stored is null:
                throw ApiProblemException.OfField("id", $"there is a channel {id} already", StatusCodes.Status409Conflict);
            case EditResult.Conflict or EditResult.NotFound:
                throw EditPrecondition.Conflict((await request.Services.Store.FindChannelAsync(id, request.Cancel))?.Version);
        }
        await request.Services.Grains.ReloadChannelAsync(channel.Id, CancellationToken.None);
        return ApiAnswer.Versioned(await JsonAsync(request, channel, await RuleEndpoints.ChannelsAsync(request)), channel.Version, warnings, stored is null ? $"{Path}/{channel.Id}" : null);
    }

    /// <summary>Refused while rules tell the channel, unless force=true: then they name a channel that is none, and say so.</summary>
    private static async Task<IResult> DeleteAsync(AlertRequest request)
    {
        Channel channel = await StoredAsync(request);
        EditPrecondition? precondition = EditPrecondition.Of(request.Http, null);
        precondition?.Check(channel.Version);
        ChannelNames names = await RuleEndpoints.ChannelsAsync(request);
        string[] users = [.. names.UsersOf(channel, await request.Services.Store.ListRulesAsync(request.Cancel)).Select(r => r.Name)];
        if (users.Length > 0 && request.Parameters.Text("force") != "true")
        {
            throw new ApiProblemException(StatusCodes.Status409Conflict,
                $"channel '{channel.Name}' is told by {users.Length} {(users.Length == 1 ? "rule" : "rules")}: {string.Join(", ", users.Take(20))}{(users.Length > 20 ? ", …" : "")}. Give them another channel first, or delete with force=true");
        }
        EditResult result = await request.Services.Store.DeleteChannelAsync(channel.Id, precondition is null ? null : channel.Version, EventOf(request, channel, request.By(), "deleted"), request.Cancel);
        if (result == EditResult.Conflict)
        {
            throw EditPrecondition.Conflict((await request.Services.Store.FindChannelAsync(channel.Id, request.Cancel))?.Version);
        }
        await request.Services.Grains.ReloadChannelAsync(channel.Id, CancellationToken.None);
        return ApiAnswer.Of(new { id = channel.Id, name = channel.Name, deleted = true, rules = users });
    }

    /// <summary>Sends a test message now; the answer says what the other side said, good or bad.</summary>
    private static async Task<IResult> TestAsync(AlertRequest request)
    {
        Channel channel = await StoredAsync(request);
        SendOutcome outcome = await request.Services.Grains.SendTestAsync(channel.Id, request.Cancel) ?? throw ApiProblemException.NotFound($"there is no channel {channel.Id}");
        return ApiAnswer.Of(new
        {
            delivered = outcome.Result == SendResult.Delivered,
            result = outcome.Result switch { SendResult.Delivered => "delivered", SendResult.Rejected => "rejected", _ => "failed" },
            answer = outcome.Answer,
            retry_after = outcome.RetryAfter is { } wait ? AlertDuration.Format(wait) : null,
        });
    }

    private static async Task<IResult> MessagesAsync(AlertRequest request)
    {
        Channel channel = await StoredAsync(request);
        string status = request.Parameters.Text("status").ToLowerInvariant();
        OutboxStatus? wanted = status switch
        {
            "" or "all" => null,
            "waiting" => OutboxStatus.Waiting,
            "sent" => OutboxStatus.Sent,
            "dead" => OutboxStatus.Dead,
            _ => throw new QueryException("status", $"'{status}' must be one of waiting, sent, dead, all"),
        };
        IReadOnlyList<OutboxMessage> messages = await request.Services.Store.ListMessagesAsync(channel.Id, wanted, request.Parameters.Limit("limit", 100), request.Cancel);
        return ApiAnswer.Page(messages.Select(ChannelJson.MessageOf), null);
    }

    private static async Task<IResult> ReplayAsync(AlertRequest request)
    {
        Channel channel = await StoredAsync(request);
        Guid id = request.PathId("message");
        OutboxMessage? message = await request.Services.Store.FindMessageAsync(id, request.Cancel);
        if (message is null || message.Notification.ChannelId != channel.Id)
        {
            throw ApiProblemException.NotFound($"channel '{channel.Name}' has no message {id}");
        }
        if (!await request.Services.Grains.ReplayAsync(channel.Id, id, request.By(), request.Cancel))
        {
            throw new ApiProblemException(StatusCodes.Status409Conflict, $"the message is {message.Status.ToString().ToLowerInvariant()}; only one that was given up can be sent again");
        }
        return ApiAnswer.Of(new { id, replayed = true }, status: StatusCodes.Status202Accepted);
    }

    private static async Task<object> JsonAsync(AlertRequest request, Channel channel, ChannelNames names) =>
        ChannelJson.Of(ChannelView.Of(channel), await request.Services.Store.ReadChannelStateAsync(channel.Id, request.Cancel), names);

    private static AlertEvent EventOf(AlertRequest request, Channel channel, string by, string detail) =>
        new() { AtMs = request.NowMs, Kind = AlertEventKind.ChannelEdited, ChannelId = channel.Id, ChannelName = channel.Name, By = by, Detail = detail };
}
