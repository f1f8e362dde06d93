using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Slack;

/// <summary>A Slack channel's settings: a webhook, or a bot token with a channel.</summary>
/// <param name="Webhook">Null with a bot token.</param>
/// <param name="Api">The Web API's address without a slash at its end.</param>
internal sealed record SlackSettings(Uri? Webhook, string BotToken, string Channel, string Api)
{
    private const int MaxChannelChars = 100;

    /// <param name="problems">What is wrong is added.</param>
    public static SlackSettings Read(Channel channel, bool allowPrivate, List<FieldProblem> problems)
    {
        string webhook = ChannelSchema.Get(channel, "webhook_url");
        string token = ChannelSchema.Get(channel, "bot_token");
        string to = ChannelSchema.Get(channel, "channel");
        string api = ChannelSchema.Get(channel, "api_url").TrimEnd('/');
        if (webhook.Length == 0 && token.Length == 0)
        {
            problems.Add(new FieldProblem("webhook_url", "enter an incoming webhook's URL, or a bot token and a channel"));
        }
        if (webhook.Length > 0 && token.Length > 0)
        {
            problems.Add(new FieldProblem("webhook_url", "is not used, as there is a bot token", Warning: true));
        }
        if (token.Length == 0)
        {
            return new SlackSettings(CheckUrl("webhook_url", webhook, allowPrivate, problems), "", "", "");
        }
        if (!SettingsCheck.IsToken(token))
        {
            problems.Add(new FieldProblem("bot_token", "must be one word, like xoxb-…"));
        }
        if (to.Length == 0 || to.Length > MaxChannelChars || to.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            problems.Add(new FieldProblem("channel", "must be #name or a channel's id; a bot token needs one"));
        }
        _ = CheckUrl("api_url", api, allowPrivate, problems);
        return new SlackSettings(null, token, to, api);
    }

    private static Uri? CheckUrl(string field, string text, bool allowPrivate, List<FieldProblem> problems)
    {
        Uri? url = null;
        if (text.Length > 0)
        {
            UrlCheck.Add(field, text, allowPrivate, problems, out url);
        }
        return url;
    }
}
