using System.Diagnostics;

namespace MetricsGrains.Core.Alerting;

/// <summary>The settings each type of channel has.</summary>
public static class ChannelSchema
{
    private static readonly ChannelField[] s_slack =
    [
        new("webhook_url", "Incoming webhook URL", Secret: true, Required: false, "", "https://hooks.slack.com/services/…; or use a bot token and a channel instead"),
        new("bot_token", "Bot token", Secret: true, Required: false, "", "xoxb-…, with the scope chat:write. Only with it are messages updated and answered in their thread"),
        new("channel", "Slack channel", Secret: false, Required: false, "", "#alerts or a channel's id; needed with a bot token"),
        new("api_url", "API address", Secret: false, Required: false, "https://slack.com/api", "Only to reach Slack through a proxy"),
    ];

    private static readonly ChannelField[] s_pagerDuty =
    [
        new("routing_key", "Integration key", Secret: true, Required: true, "", "The 32 characters of a service's Events API v2 integration"),
        new("events_url", "Events API address", Secret: false, Required: false, "https://events.pagerduty.com/v2/enqueue", "https://events.eu.pagerduty.com/v2/enqueue in the EU"),
    ];

    private static readonly ChannelField[] s_email =
    [
        new("smtp_host", "SMTP server", Secret: false, Required: true, "", "smtp.example.com"),
        new("smtp_port", "Port", Secret: false, Required: false, "587", "587 for starttls, 465 for tls, 25 for none"),
        new("security", "Security", Secret: false, Required: false, "starttls", "starttls (refuses to go on without it), tls (from the first byte) or none"),
        new("username", "User name", Secret: false, Required: false, "", "Empty: no authentication"),
        new("password", "Password", Secret: true, Required: false, "", ""),
        new("from", "From", Secret: false, Required: true, "", "alerts@example.com"),
        new("to", "To", Secret: false, Required: true, "", "Addresses, separated by commas"),
    ];

    private static readonly ChannelField[] s_webhook =
    [
        new("url", "URL", Secret: true, Required: true, "", "Gets a POST with JSON as Alertmanager sends it (version 4)"),
        new("hmac_secret", "Signing secret", Secret: true, Required: false, "", "Signs the body: X-MetricsGrains-Signature: sha256=<hex of HMAC-SHA256>"),
        new("headers", "Headers", Secret: true, Required: false, "", "One a line: Authorization: Bearer …", Multiline: true),
        new("template", "Body template", Secret: false, Required: false, "", "JSON in place of Alertmanager's, with {{…}} as in a rule's message, about the first alert, and {{headline}}, {{messages}}, {{count}}, {{alerts}}", Multiline: true),
    ];

    public static IReadOnlyList<ChannelField> Of(ChannelType type) => type switch
    {
        ChannelType.Slack => s_slack,
        ChannelType.PagerDuty => s_pagerDuty,
        ChannelType.Email => s_email,
        ChannelType.Webhook => s_webhook,
        _ => throw new UnreachableException($"BUG: channel type {type} has no settings"),
    };

    /// <summary>A setting or secret of a channel, or its default.</summary>
    public static string Get(Channel channel, string name)
    {
        ChannelField field = Of(channel.Type).FirstOrDefault(f => f.Name == name) ?? throw new UnreachableException($"BUG: a {channel.Type} channel has no setting {name}");
        IReadOnlyDictionary<string, string> values = field.Secret ? channel.Secrets : channel.Settings;
        return values.TryGetValue(name, out string? value) && value.Length > 0 ? value : field.ByDefault;
    }

    /// <summary>How alerts are grouped unless the channel says otherwise: PagerDuty has an incident a rule, the others a message for all that fires together.</summary>
    public static NotificationGrouping GroupingOf(ChannelType type) => type == ChannelType.PagerDuty ? NotificationGrouping.Rule : NotificationGrouping.Channel;
}
