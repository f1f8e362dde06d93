using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.PagerDuty;

/// <summary>Sends to PagerDuty by its Events API v2: one incident a group, whatever is repeated.</summary>
internal sealed class PagerDutyNotifier(HttpCourier courier, TimeProvider time) : INotifier
{
    public ChannelType Type => ChannelType.PagerDuty;

    public IReadOnlyList<FieldProblem> Check(Channel channel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        _ = PagerDutySettings.Read(channel, courier.AllowPrivate, problems);
        return problems;
    }

    public async Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        PagerDutySettings settings = PagerDutySettings.Read(channel, courier.AllowPrivate, problems);
        if (SettingsCheck.Refusal(problems) is { } refusal)
        {
            return refusal;
        }
        Notification filled = TestAlert.Fill(notification);
        return await new Attempt(time).RunAsync(ChannelSecrets.Of(channel), Send, cancel);

        async Task<SendOutcome> Send(CancellationToken limited)
        {
            SendOutcome outcome = await SendAsync(settings, filled, PagerDutyEvent.ActionOf(filled), limited);
            if (notification.Reason != NotificationReason.Test || outcome.Result != SendResult.Delivered)
            {
                return outcome;
            }
            // A test must leave no incident open that nothing would ever resolve.
            SendOutcome end = await SendAsync(settings, filled, "resolve", limited);
            return end.Result == SendResult.Delivered
                ? SendOutcome.Delivered($"{outcome.Answer}; an incident was opened and resolved")
                : SendOutcome.Delivered($"{outcome.Answer}; the test's incident is still open, resolve it in PagerDuty ({end.Answer})");
        }
    }

    private async Task<SendOutcome> SendAsync(PagerDutySettings settings, Notification notification, string action, CancellationToken cancel)
    {
        HttpAnswer answer = await courier.PostAsync(settings.Events!, PagerDutyEvent.Build(notification, settings.RoutingKey, action), [], cancel);
        string text = TextOf(answer);
        return answer.Status switch
        {
            202 => SendOutcome.Delivered(text),
            400 => SendOutcome.Rejected(text),
            401 or 403 or 404 or 405 => SendOutcome.Rejected($"{text} – check the Events API address and the integration key"),
            413 => SendOutcome.Rejected($"{text} – the event is too large"),
            // A proxy's page, or another service: the Events API accepts with nothing but 202.
            >= 200 and < 300 => SendOutcome.Retry($"{text} – this is not PagerDuty's answer"),
            _ => answer.ToOutcome(text),
        };
    }

    // {"status":"invalid event","message":"Event object is invalid","errors":["…"]}
    private static string TextOf(HttpAnswer answer)
    {
        if (JsonBody.TryReadObject(answer.Body) is not { } json || JsonBody.TextOf(json, "message") is not { Length: > 0 } message)
        {
            return answer.Text;
        }
        string errors = json.TryGetProperty("errors", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? string.Join("; ", list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()))
            : "";
        return FormattableString.Invariant($"{answer.Status} {AnswerText.Excerpt(message)}") + (errors.Length > 0 ? $": {AnswerText.Excerpt(errors, 300)}" : "");
    }
}
