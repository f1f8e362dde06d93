using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MetricsGrains.Core.Alerting;

/// <summary>A rule's message as its author writes it: text with {{placeholders}}. Two braces that mean themselves are written as four: {{{{.</summary>
public sealed class MessageTemplate
{
    /// <summary>Characters a template may have.</summary>
    public const int MaxLength = 4_000;

    /// <summary>Characters a rendered message may have; what is beyond is cut off.</summary>
    public const int MaxRendered = 8_000;

    private const string TagPrefix = "tags.";

    /// <summary>All that can stand between the braces, besides <c>tags.KEY</c>.</summary>
    public static readonly IReadOnlyList<string> Placeholders =
        ["value", "threshold", "status", "severity", "rule", "metric", "statistic", "window", "tags", "link", "silence", "runbook", "owner", "unit"];

    private readonly IReadOnlyList<Part> _parts;

    private MessageTemplate(IReadOnlyList<Part> parts) => _parts = parts;

    /// <param name="problem">What is wrong and where; empty when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out MessageTemplate? template, out string problem)
    {
        template = null;
        if (text.Length > MaxLength)
        {
            problem = $"{text.Length} characters, more than {MaxLength}";
            return false;
        }
        var parts = new List<Part>();
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                break;
            }
            AddText(parts, text[at..open]);
            if (text.AsSpan(open).StartsWith("{{{{", StringComparison.Ordinal))
            {
                AddText(parts, "{{");
                at = open + 4;
                continue;
            }
            int close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                problem = $"the {{{{ at character {open + 1} is not closed by }}}}; braces that mean themselves are written {{{{{{{{";
                return false;
            }
            string name = text[(open + 2)..close].Trim();
            if (!IsKnown(name))
            {
                problem = $"there is no {{{{{name}}}}} (character {open + 1}); there are {string.Join(", ", Placeholders)} and tags.KEY";
                return false;
            }
            parts.Add(new Part(name, IsPlaceholder: true));
            at = close + 2;
        }
        AddText(parts, text[at..]);
        template = new MessageTemplate(parts);
        problem = "";
        return true;
    }

    /// <param name="baseUrl">The dashboard's public address without a slash at its end; empty: links are empty.</param>
    public string Render(AlertNotice notice, string baseUrl) => Render(notice, baseUrl, static text => text);

    /// <param name="escape">Applied to what is put in, not to the template's own text: for JSON or HTML.</param>
    public string Render(AlertNotice notice, string baseUrl, Func<string, string> escape)
    {
        var text = new StringBuilder();
        foreach (Part part in _parts)
        {
            text.Append(part.IsPlaceholder ? escape(ValueOf(part.Text, notice, baseUrl)) : part.Text);
        }
        return text.Length <= MaxRendered ? text.ToString() : text.ToString(0, MaxRendered - 1) + "…";
    }

    private static bool IsKnown(string name) => Placeholders.Contains(name) || (name.StartsWith(TagPrefix, StringComparison.Ordinal) && name.Length > TagPrefix.Length);

    private static void AddText(List<Part> parts, string text)
    {
        if (text.Length > 0)
        {
            parts.Add(new Part(text, IsPlaceholder: false));
        }
    }

    private static string ValueOf(string name, AlertNotice notice, string baseUrl) => name switch
    {
        "value" when notice.RuleType == AlertRuleType.DeadMan => AlertSentence.SilenceOf(notice.Value),
        "value" => notice.Value is { } value ? AlertNumber.Format(value) : "no data",
        "threshold" when notice.RuleType == AlertRuleType.DeadMan => AlertDuration.Format(TimeSpan.FromMinutes(notice.WindowMinutes)),
        "threshold" => AlertNumber.Format(notice.Threshold),
        "status" => AlertNames.Of(notice.Status),
        "severity" => AlertNames.Of(notice.Severity),
        "rule" => notice.RuleName,
        "metric" => notice.MetricName,
        "statistic" => notice.Statistic.ToString(),
        "window" => AlertDuration.Format(TimeSpan.FromMinutes(notice.WindowMinutes)),
        "tags" => AlertSentence.TagsOf(notice.Tags),
        "link" => baseUrl.Length == 0 ? "" : baseUrl + notice.ChartPath,
        "silence" => baseUrl.Length == 0 ? "" : baseUrl + notice.SilencePath,
        "runbook" => notice.RunbookUrl,
        "owner" => notice.Owner,
        "unit" => notice.Unit,
        _ when name.StartsWith(TagPrefix, StringComparison.Ordinal) => notice.Tags.TryGet(name[TagPrefix.Length..], out string? tag) ? tag : "",
        _ => throw new UnreachableException($"BUG: placeholder {name} was let through"),
    };

    private readonly record struct Part(string Text, bool IsPlaceholder);
}
