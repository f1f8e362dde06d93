using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;

namespace MetricsGrains.Notifications.Slack;

/// <summary>
/// Slack's error codes, of the Web API and of incoming webhooks, and what to do about them. Source: docs.slack.dev, "chat.postMessage" and
/// "chat.update", section Errors; "Sending messages using incoming webhooks", section Handling errors.
/// </summary>
internal static class SlackErrors
{
    private const string InstallAnew = "install the Slack app to the workspace again and enter its new bot token";
    private const string MakeWebhookAnew = "make a new incoming webhook in Slack and enter its URL";
    private const string FindChannel = "check the channel's name or enter its id; a private channel is only found once the app was invited: /invite @app";

    private static readonly HashSet<string> s_passing =
    [
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "rollup_error", "message_limit_exceeded",
    ];

    private static readonly HashSet<string> s_layout =
    [
        "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_payload", "attachment_payload_limit_exceeded", "msg_blocks_too_long", "too_many_attachments", "msg_too_long",
    ];

    private static readonly HashSet<string> s_firstMessageGone = ["message_not_found", "thread_not_found", "channel_not_found", "cannot_reply_to_message"];

    private static readonly Dictionary<string, string> s_advice = new()
    {
        ["invalid_auth"] = "the bot token is not valid: " + InstallAnew,
        ["not_authed"] = "the bot token is missing: " + InstallAnew,
        ["account_inactive"] = "the app was removed from the workspace: " + InstallAnew,
        ["token_revoked"] = "the bot token was revoked: " + InstallAnew,
        ["token_expired"] = "the bot token expired: " + InstallAnew,
        ["no_permission"] = "the bot token may not do this: add the scope chat:write and " + InstallAnew,
        ["missing_scope"] = "add the scope chat:write to the Slack app and install it again",
        ["not_allowed_token_type"] = "enter a bot token (xoxb-…), no other kind",
        ["channel_not_found"] = FindChannel,
        ["not_in_channel"] = "invite the app to the channel: /invite @app",
        ["is_archived"] = "the channel is archived: unarchive it or choose another",
        ["channel_is_archived"] = "the channel is archived: unarchive it or choose another",
        ["restricted_action"] = "the workspace's settings forbid posting there: ask its administrators or choose another channel",
        ["restricted_action_read_only_channel"] = "the channel is read-only: choose another",
        ["posting_to_general_channel_denied"] = "the workspace forbids posting to its general channel: choose another",
        ["action_prohibited"] = "the workspace's settings forbid this webhook to post there: ask its administrators",
        ["team_access_not_granted"] = "the app is not installed in this workspace: " + InstallAnew,
        ["ekm_access_denied"] = "the workspace's administrators have suspended posting",
        ["access_denied"] = "the workspace's settings forbid access",
        ["accesslimited"] = "the workspace takes no calls from this network",
        ["no_service"] = "the webhook was removed or its app disabled: " + MakeWebhookAnew,
        ["no_service_id"] = "the webhook's URL is not whole: copy it again",
        ["no_active_hooks"] = "the webhook is disabled: " + MakeWebhookAnew,
        ["no_team"] = "the webhook's workspace does not exist: " + MakeWebhookAnew,
        ["team_disabled"] = "the webhook's workspace is disabled",
        ["invalid_token"] = "the webhook's URL is not valid: " + MakeWebhookAnew,
        ["user_not_found"] = "the person the webhook posts to does not exist: " + MakeWebhookAnew,
        ["no_text"] = "Slack found no text in the message",
        ["invalid_arguments"] = "Slack did not understand the message",
    };

    /// <summary>Slack dislikes how the message looks, not what it says: plain text will do.</summary>
    public static bool IsAboutLayout(string error) => s_layout.Contains(error);

    /// <summary>The message that is to be changed or answered is not there any more, or not for this token.</summary>
    public static bool IsFirstMessageGone(string error) => s_firstMessageGone.Contains(error);

    public static bool IsKnown(string error) => s_passing.Contains(error) || s_layout.Contains(error) || s_advice.ContainsKey(error);

    /// <param name="detail">What Slack adds to the code; may be empty.</param>
    public static SendOutcome ToOutcome(string error, string detail, HttpAnswer answer)
    {
        string text = FormattableString.Invariant($"{answer.Status} {error}");
        if (detail.Length > 0)
        {
            text += $" ({detail})";
        }
        if (s_passing.Contains(error))
        {
            return SendOutcome.Retry(text, answer.RetryAfter);
        }
        if (s_advice.TryGetValue(error, out string? advice))
        {
            return SendOutcome.Rejected($"{text} – {advice}");
        }
        // A code that is not known: the status decides; with 200 it is tried again, as giving up would be the dearer mistake.
        return s_layout.Contains(error) ? SendOutcome.Rejected($"{text} – Slack does not take the message as it is")
            : answer.IsSuccess ? SendOutcome.Retry(text, answer.RetryAfter)
            : answer.ToOutcome(text);
    }
}
