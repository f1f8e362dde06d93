using System.Globalization;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Slack;

/// <summary>
/// A notification in Block Kit. Two blocks an alert, so that twenty alerts, the head and the count stay under Slack's fifty blocks a
/// message. Source: docs.slack.dev, "Block Kit" (header 150 characters, section text 3,000, field 2,000, ten fields).
/// </summary>
internal static class SlackLayout
{
    private const int MaxHeaderChars = 150;
    private const int MaxTextChars = 3000;
    private const int MaxFieldChars = 500;

    // Slack limits a message's whole size too, without saying to what: many alerts say less each.
    private const int MaxTextCharsOfMany = 600;

    /// <summary>The group as it stands now.</summary>
    public static SlackMessage Of(Notification notification, IReadOnlyList<AlertNotice> alerts)
    {
        string headline = Headline.Of(notification);
        var attachments = new List<JsonObject>();
        foreach (AlertNotice notice in alerts.Take(AlertWords.MaxTold))
        {
            // Of one alert the head says the title already.
            string title = alerts.Count == 1 ? "" : $"*{SlackMarkup.Escape(AlertWords.Title(notice), 300)}*\n";
            attachments.Add(AttachmentOf(notice, title, notification.BaseUrl, alerts.Count > 3 ? MaxTextCharsOfMany : MaxTextChars));
        }
        List<JsonObject> blocks = [new() { ["type"] = "header", ["text"] = PlainText(SlackMarkup.Escape(headline, MaxHeaderChars)) }];
        if (notification.Reason == NotificationReason.Test)
        {
            blocks.Add(Section("Sent on request. This is what alerts look like in this channel."));
        }
        if (alerts.Count > AlertWords.MaxTold)
        {
            attachments.Add(new JsonObject { ["color"] = "#98a2b3", ["blocks"] = new JsonArray(Section(MoreText(alerts.Count - AlertWords.MaxTold, notification.BaseUrl))) });
        }
        return new SlackMessage(TextOf(headline, alerts), blocks, attachments);
    }

    /// <summary>What has changed, for the thread.</summary>
    public static SlackMessage ReplyOf(Notification notification)
    {
        HashSet<string> keys = [.. notification.Changed];
        AlertNotice[] changed = [.. notification.Alerts.Where(a => keys.Contains(a.IncidentKey))];
        IReadOnlyList<AlertNotice> told = changed.Length > 0 ? changed : notification.Alerts;
        string headline = Headline.Of(notification);
        string text = $"*{SlackMarkup.Escape(headline, 300)}*";
        foreach (AlertNotice notice in told.Take(AlertWords.MaxTold))
        {
            string line = told.Count == 1 ? "\n" + FactsOf(notice) : $"\n• {SlackMarkup.Escape(AlertWords.Title(notice), 120)}: {FactsOf(notice)}";
            if (text.Length + line.Length > MaxTextChars - 100)
            {
                break;
            }
            text += line;
        }
        if (told.Count > AlertWords.MaxTold)
        {
            text += "\n" + MoreText(told.Count - AlertWords.MaxTold, notification.BaseUrl);
        }
        return new SlackMessage(SlackMarkup.Escape(headline, MaxTextChars), [Section(text)], []);
    }

    private static JsonObject AttachmentOf(AlertNotice notice, string title, string baseUrl, int maxChars)
    {
        JsonObject section = Section(title + SlackMarkup.Escape(notice.Message, maxChars - title.Length));
        section["fields"] = new JsonArray([.. Fields(notice).Select(f => (JsonNode)Markdown($"*{f.Label}*\n{f.Text}"))]);
        var blocks = new JsonArray(section);
        JsonNode[] buttons = [.. NoticeLinks.Of(notice, baseUrl).ToPairs().Select(l => (JsonNode)Button(l.Text, l.Url))];
        if (buttons.Length > 0)
        {
            blocks.Add(new JsonObject { ["type"] = "actions", ["elements"] = new JsonArray(buttons) });
        }
        return new JsonObject { ["color"] = SlackMarkup.ColourOf(notice), ["blocks"] = blocks };
    }

    private static IEnumerable<(string Label, string Text)> Fields(AlertNotice notice)
    {
        foreach ((string label, string text) in AlertWords.Facts(notice))
        {
            yield return label switch
            {
                "Tags" => (label, SlackMarkup.Tags(notice.Tags.ToPairs(), MaxFieldChars)),
                "Since" when notice.EndedMs is null => (label, SlackMarkup.Time(notice.IncidentMs)),
                _ => (label, SlackMarkup.Escape(text, MaxFieldChars)),
            };
        }
        if (Sparkline.Of(notice.Recent) is { Length: > 0 } sparkline)
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"Last {sparkline.Length} min"), $"`{sparkline}`");
        }
    }

    // Some receivers show no attachments, and a phone's notification shows only this.
    private static string TextOf(string headline, IReadOnlyList<AlertNotice> alerts)
    {
        if (alerts.Count == 1)
        {
            return SlackMarkup.Escape($"{headline} – {alerts[0].Message}", MaxTextChars);
        }
        string text = headline;
        foreach (AlertNotice notice in alerts.Take(AlertWords.MaxTold))
        {
            text += $"\n{AlertWords.Title(notice)} – {notice.Message}";
        }
        return SlackMarkup.Escape(text, MaxTextChars);
    }

    private static string FactsOf(AlertNotice notice)
    {
        string facts = SlackMarkup.Escape(notice.IsAlerting ? $"{AlertWords.Value(notice)} ({AlertWords.Threshold(notice)})" : AlertWords.Time(notice), 120);
        string by = notice.Acknowledged is { } taken ? SlackMarkup.Escape($", taken on by {taken.By}", 80) : "";
        return $"{facts}{by} {SlackMarkup.Tags(notice.Tags.ToPairs(), 200)}".TrimEnd();
    }

    private static string MoreText(int count, string baseUrl)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"and {count} more");
        return NoticeLinks.Alerts(baseUrl) is { } url ? $"{text}: <{url}|all alerts>" : text;
    }

    private static JsonObject Section(string markdown) => new() { ["type"] = "section", ["text"] = Markdown(markdown) };

    private static JsonObject Markdown(string text) => new() { ["type"] = "mrkdwn", ["text"] = text };

    private static JsonObject PlainText(string text) => new() { ["type"] = "plain_text", ["text"] = text };

    private static JsonObject Button(string text, string url) => new() { ["type"] = "button", ["text"] = PlainText(text), ["url"] = url };
}
