using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>A webhook channel's settings.</summary>
/// <param name="Url">Null when it can't be used.</param>
/// <param name="HmacSecret">Empty: bodies are not signed.</param>
/// <param name="Template">Null: Alertmanager's body.</param>
internal sealed record WebhookSettings(Uri? Url, string HmacSecret, IReadOnlyList<KeyValuePair<string, string>> Headers, WebhookTemplate? Template)
{
    /// <param name="problems">What is wrong is added.</param>
    public static WebhookSettings Read(Channel channel, bool allowPrivate, List<FieldProblem> problems)
    {
        Uri? url = null;
        if (ChannelSchema.Get(channel, "url") is { Length: > 0 } urlText)
        {
            UrlCheck.Add("url", urlText, allowPrivate, problems, out url);
        }
        if (!WebhookHeaders.TryParse(ChannelSchema.Get(channel, "headers"), out IReadOnlyList<KeyValuePair<string, string>> headers, out string problem))
        {
            problems.Add(new FieldProblem("headers", problem));
        }
        WebhookTemplate? template = null;
        if (ChannelSchema.Get(channel, "template") is { Length: > 0 } form && !WebhookTemplate.TryParse(form, out template, out problem))
        {
            problems.Add(new FieldProblem("template", problem));
        }
        return new WebhookSettings(url, ChannelSchema.Get(channel, "hmac_secret"), headers, template);
    }
}
