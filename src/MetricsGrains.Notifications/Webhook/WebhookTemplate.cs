using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>
/// A body in a person's own form: JSON whose texts hold placeholders. They are filled in after the JSON was read, so that no value can break
/// out of its quotes.
/// </summary>
internal sealed class WebhookTemplate
{
    private const int MaxChars = 64 * 1024;
    private const int MaxDepth = 32;

    private readonly JsonNode _form;
    private readonly Dictionary<string, TemplateText> _texts;

    private WebhookTemplate(JsonNode form, Dictionary<string, TemplateText> texts)
    {
        _form = form;
        _texts = texts;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out WebhookTemplate? template, out string problem)
    {
        template = null;
        if (text.Length > MaxChars)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"at most {MaxChars} characters");
            return false;
        }
        JsonNode? form;
        try
        {
            form = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}); placeholders stand within quotes, like \"{{{{rule}}}}\"");
            return false;
        }
        if (form is not (JsonObject or JsonArray))
        {
            problem = "must be a JSON object or array";
            return false;
        }
        var texts = new Dictionary<string, TemplateText>(StringComparer.Ordinal);
        try
        {
            if (!TryCollect(form, texts, out problem))
            {
                return false;
            }
        }
        // An escape like \ud800 alone is JSON, but no text.
        catch (InvalidOperationException)
        {
            problem = "holds half a character (a lone \\ud800 … \\udfff)";
            return false;
        }
        template = new WebhookTemplate(form, texts);
        return true;
    }

    public JsonNode Render(Notification notification) => Fill(_form, notification, Headline.ChangedFirst(notification))!;

    private static bool TryCollect(JsonNode? node, Dictionary<string, TemplateText> texts, out string problem)
    {
        problem = "";
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => [],
        };
        foreach (JsonNode? child in children)
        {
            if (!TryCollect(child, texts, out problem))
            {
                return false;
            }
        }
        if (node is JsonValue value && value.TryGetValue(out string? text) && !texts.ContainsKey(text))
        {
            if (!TemplateText.TryParse(text, out TemplateText? parsed, out problem))
            {
                problem = $"{node.GetPath()}: {problem}";
                return false;
            }
            texts[text] = parsed!;
        }
        return true;
    }

    private JsonNode? Fill(JsonNode? node, Notification notification, IReadOnlyList<AlertNotice> alerts) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Fill(m.Value, notification, alerts)))),
        JsonArray items => new JsonArray([.. items.Select(i => Fill(i, notification, alerts))]),
        JsonValue value when value.TryGetValue(out string? text) => _texts[text].Render(notification, alerts),
        _ => node?.DeepClone(),
    };
}
