using System.Security.Cryptography;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>Posts to any HTTP receiver: Alertmanager's JSON, or a form of one's own; signed when there is a secret.</summary>
internal sealed class WebhookNotifier(HttpCourier courier, TimeProvider time) : INotifier
{
    public ChannelType Type => ChannelType.Webhook;

    public IReadOnlyList<FieldProblem> Check(Channel channel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        _ = WebhookSettings.Read(channel, courier.AllowPrivate, problems);
        return problems;
    }

    public async Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        WebhookSettings settings = WebhookSettings.Read(channel, courier.AllowPrivate, problems);
        if (SettingsCheck.Refusal(problems) is { } refusal)
        {
            return refusal;
        }
        Notification filled = TestAlert.Fill(notification);
        return await new Attempt(time).RunAsync(ChannelSecrets.Of(channel), Send, cancel);

        async Task<SendOutcome> Send(CancellationToken limited)
        {
            byte[] body = JsonBody.Of(settings.Template is { } template ? template.Render(filled) : AlertmanagerBody.Of(filled, channel));
            HttpAnswer answer = await courier.PostAsync(settings.Url!, body, [.. settings.Headers, .. OwnHeaders(settings, filled, body)], limited);
            return answer.IsSuccess ? SendOutcome.Delivered(answer.Text) : answer.ToOutcome();
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> OwnHeaders(WebhookSettings settings, Notification notification, byte[] body)
    {
        yield return new(WebhookHeaders.Delivery, notification.Id.ToString());
        if (settings.HmacSecret.Length > 0)
        {
            yield return new(WebhookHeaders.Signature, "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(settings.HmacSecret), body)));
        }
    }
}
