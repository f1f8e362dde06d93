using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Slack;

/// <summary>
/// Sends to Slack. By an incoming webhook each message stands for itself. With a bot token a group has one message, which is kept as the
/// group stands, and a thread that tells what happened; what must be seen at once (more alerts, a repetition) goes to the channel too.
/// </summary>
internal sealed class SlackNotifier(HttpCourier courier, TimeProvider time) : INotifier
{
    public ChannelType Type => ChannelType.Slack;

    public IReadOnlyList<FieldProblem> Check(Channel channel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        _ = SlackSettings.Read(channel, courier.AllowPrivate, problems);
        return problems;
    }

    public async Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        SlackSettings settings = SlackSettings.Read(channel, courier.AllowPrivate, problems);
        if (SettingsCheck.Refusal(problems) is { } refusal)
        {
            return refusal;
        }
        Notification filled = TestAlert.Fill(notification);
        return await new Attempt(time).RunAsync(ChannelSecrets.Of(channel), Send, cancel);

        Task<SendOutcome> Send(CancellationToken limited) => settings.Webhook is { } webhook
            ? SendByWebhookAsync(webhook, filled, limited)
            : SendByBotAsync(new SlackApi(courier, settings), filled, limited);
    }

    private async Task<SendOutcome> SendByWebhookAsync(Uri webhook, Notification notification, CancellationToken cancel)
    {
        SlackMessage message = SlackLayout.Of(notification, Headline.ChangedFirst(notification));
        SlackAnswer answer = await PostAsync(message);
        if (answer.Failure is { } dislike && SlackErrors.IsAboutLayout(answer.Error))
        {
            answer = await PostAsync(message.Plain());
            return answer.Failure ?? SendOutcome.Delivered($"200 ok, as plain text, after {dislike.Answer}");
        }
        return answer.Failure ?? SendOutcome.Delivered("200 ok");

        async Task<SlackAnswer> PostAsync(SlackMessage form)
        {
            JsonObject body = form.ToJson();
            body["unfurl_links"] = false;
            return SlackAnswer.OfWebhook(await courier.PostAsync(webhook, JsonBody.Of(body), [], cancel));
        }
    }

    private static async Task<SendOutcome> SendByBotAsync(SlackApi api, Notification notification, CancellationToken cancel)
    {
        if (!SlackReference.TryParse(notification.Reference, out SlackReference? first))
        {
            return await api.PostAsync(SlackLayout.Of(notification, Headline.ChangedFirst(notification)), cancel);
        }
        // The update comes first, as it can be repeated without harm when the reply fails.
        SlackAnswer update = await api.UpdateAsync(first, SlackLayout.Of(notification, notification.Alerts), cancel);
        if (SlackErrors.IsFirstMessageGone(update.Error))
        {
            return await api.PostAsync(SlackLayout.Of(notification, Headline.ChangedFirst(notification)), cancel);
        }
        // Some workspaces forbid edits, or only allow them for a while; the thread still tells.
        if (update.Failure is { } failure && update.Error is not ("cant_update_message" or "edit_window_closed"))
        {
            return failure;
        }
        bool everybody = notification.Reason is NotificationReason.Fired or NotificationReason.Repeated;
        SlackAnswer reply = await api.ReplyAsync(first, SlackLayout.ReplyOf(notification), everybody, cancel);
        if (SlackErrors.IsFirstMessageGone(reply.Error))
        {
            return await api.PostAsync(SlackLayout.Of(notification, Headline.ChangedFirst(notification)), cancel);
        }
        return reply.Failure ?? SendOutcome.Delivered(update.Failure is null ? "200 ok, first message updated and answered" : $"200 ok, answered in the thread ({update.Error})", first.ToString());
    }
}
