using System.Globalization;
using System.Text;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Slack;

/// <summary>Slack's text format, mrkdwn. Source: docs.slack.dev, "Formatting message text".</summary>
internal static class SlackMarkup
{
    /// <summary>Escapes what Slack takes for markup of its own; with &lt; and &gt; go mentions of people and channels too.</summary>
    /// <param name="maxChars">Of the escaped text, as Slack counts it; what is over is cut off, never within an escape.</param>
    public static string Escape(string text, int maxChars)
    {
        var escaped = new StringBuilder(Math.Min(text.Length + 16, maxChars));
        foreach (Rune rune in text.EnumerateRunes())
        {
            string part = rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                _ => rune.ToString(),
            };
            // Room is kept for the ellipsis, so that it never has to push out what is already there.
            if (escaped.Length + part.Length > maxChars - 1)
            {
                return escaped.Append('…').ToString();
            }
            escaped.Append(part);
        }
        return escaped.ToString();
    }

    /// <summary>Tags in the look of code, those that fit whole.</summary>
    public static string Tags(IEnumerable<KeyValuePair<string, string>> tags, int maxChars)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in tags)
        {
            // A backtick would end the code, a line break too.
            string tag = "`" + Escape($"{key}:{value}".Replace('`', '\'').ReplaceLineEndings(" "), 200) + "`";
            if (text.Length + tag.Length + 3 > maxChars)
            {
                return text.Append(" …").ToString();
            }
            text.Append(text.Length == 0 ? "" : " ").Append(tag);
        }
        return text.ToString();
    }

    /// <summary>A time that each reader sees in his own zone.</summary>
    public static string Time(long unixMs) =>
        string.Create(CultureInfo.InvariantCulture, $"<!date^{unixMs / 1000}^{{date_short_pretty}} {{time}}|{Wording.ValueText.Time(unixMs)}>");

    /// <summary>A colour by severity, another when it is over.</summary>
    public static string ColourOf(AlertNotice notice) => !notice.IsAlerting ? "#12b76a" : notice.Severity switch
    {
        AlertSeverity.Critical => "#d92d20",
        AlertSeverity.Warning => "#f79009",
        _ => "#2e90fa",
    };
}
