using System.Globalization;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>
/// One text of a body template: a rule's message placeholders, which are about the first alert, and those of the whole message. A text that is
/// nothing but {{alerts}}, {{count}}, {{firing}}, {{resolved}}, {{value_number}} or {{threshold_number}} becomes JSON of that kind.
/// </summary>
internal sealed class TemplateText
{
    /// <summary>What a rule's message has not.</summary>
    public static readonly IReadOnlyList<string> Own = ["headline", "message", "messages", "group_status", "group_key", "reason", "count", "firing", "resolved"];

    /// <summary>What stands alone in its quotes.</summary>
    public static readonly IReadOnlyList<string> Alone = ["alerts", "value_number", "threshold_number"];

    private readonly List<(string? Own, MessageTemplate? Text)> _parts = [];
    private readonly string? _alone;

    private TemplateText(string? alone) => _alone = alone;

    public static bool TryParse(string text, out TemplateText? template, out string problem)
    {
        string? alone = AloneOf(text);
        var made = new TemplateText(alone);
        template = made;
        problem = "";
        if (alone is not null)
        {
            return true;
        }
        int from = 0;
        for (int at = NextOpen(text, 0); at >= 0; at = NextOpen(text, at))
        {
            int close = text.IndexOf("}}", at, StringComparison.Ordinal);
            string name = close < 0 ? "" : text[(at + 2)..close].Trim();
            if (Alone.Contains(name))
            {
                problem = $"{{{{{name}}}}} must stand alone in its quotes";
                return false;
            }
            if (!Own.Contains(name))
            {
                at += 2;
                continue;
            }
            if (!made.TryAddText(text[from..at], out problem))
            {
                return false;
            }
            made._parts.Add((name, null));
            from = at = close + 2;
        }
        return made.TryAddText(text[from..], out problem);
    }

    public JsonNode? Render(Notification notification, IReadOnlyList<AlertNotice> alerts)
    {
        AlertNotice main = alerts[0];
        return _alone switch
        {
            "alerts" => AlertmanagerBody.Alerts([.. alerts.Take(AlertmanagerBody.MaxAlerts)], notification.BaseUrl),
            "count" => alerts.Count,
            "firing" => alerts.Count(a => a.IsAlerting),
            "resolved" => alerts.Count(a => !a.IsAlerting),
            "value_number" => main.Value is { } value && double.IsFinite(value) ? value : null,
            "threshold_number" => double.IsFinite(main.Threshold) ? main.Threshold : null,
            _ => string.Concat(_parts.Select(p => p.Own is { } own ? OwnOf(own, notification, alerts) : p.Text!.Render(main, notification.BaseUrl))),
        };
    }

    // Four braces are two that mean themselves.
    private static int NextOpen(string text, int from)
    {
        int at = text.IndexOf("{{", from, StringComparison.Ordinal);
        while (at >= 0 && text.AsSpan(at).StartsWith("{{{{", StringComparison.Ordinal))
        {
            at = text.IndexOf("{{", at + 4, StringComparison.Ordinal);
        }
        return at;
    }

    private static string? AloneOf(string text)
    {
        string trimmed = text.Trim();
        string name = trimmed.StartsWith("{{", StringComparison.Ordinal) && trimmed.EndsWith("}}", StringComparison.Ordinal) && trimmed.Length > 4 ? trimmed[2..^2].Trim() : "";
        return Alone.Contains(name) || name is "count" or "firing" or "resolved" ? name : null;
    }

    private static string OwnOf(string name, Notification notification, IReadOnlyList<AlertNotice> alerts) => name switch
    {
        "headline" => Headline.Of(notification),
        "message" => alerts[0].Message,
        "messages" => string.Join('\n', alerts.Take(AlertWords.MaxTold).Select(a => a.Message)),
        "group_status" => AlertmanagerBody.StatusOf(notification.AnyAlerting),
        "group_key" => notification.GroupKey,
        "reason" => notification.Reason.ToString().ToLowerInvariant(),
        "firing" => alerts.Count(a => a.IsAlerting).ToString(CultureInfo.InvariantCulture),
        "resolved" => alerts.Count(a => !a.IsAlerting).ToString(CultureInfo.InvariantCulture),
        _ => alerts.Count.ToString(CultureInfo.InvariantCulture),
    };

    private bool TryAddText(string text, out string problem)
    {
        problem = "";
        if (text.Length == 0)
        {
            return true;
        }
        if (!MessageTemplate.TryParse(text, out MessageTemplate? part, out problem))
        {
            problem += "; and, in a webhook, " + string.Join(", ", Own.Concat(Alone));
            return false;
        }
        _parts.Add((null, part));
        return true;
    }
}
