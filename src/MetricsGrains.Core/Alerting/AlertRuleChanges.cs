using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetricsGrains.Core.Alerting;

/// <summary>What an edit changed, in words, for the history: "threshold 5 → 7; for 0s → 5m".</summary>
public static class AlertRuleChanges
{
    private const int MaxText = 120;

    /// <summary>What every edit changes.</summary>
    private static readonly string[] s_stamps = ["id", "version", "created_at_ms", "updated_at_ms", "updated_by"];

    /// <summary>Made of the stored form, so that no field is forgotten. Empty: nothing changed.</summary>
    public static string Between(AlertRule before, AlertRule after)
    {
        JsonObject old = Fields(before), now = Fields(after);
        return string.Join("; ", now.Select(p => p.Key).Union(old.Select(p => p.Key)).Where(k => !JsonNode.DeepEquals(old[k], now[k])).Select(k => $"{k} {TextOf(old[k])} → {TextOf(now[k])}"));
    }

    private static JsonObject Fields(AlertRule rule)
    {
        var fields = (JsonObject)JsonSerializer.SerializeToNode(rule, AlertJson.Options)!;
        foreach (string stamp in s_stamps)
        {
            fields.Remove(stamp);
        }
        return fields;
    }

    private static string TextOf(JsonNode? node)
    {
        string text = node switch
        {
            null => "none",
            JsonValue value when value.TryGetValue(out string? words) => words.Length == 0 ? "none" : words,
            JsonArray { Count: 0 } or JsonObject { Count: 0 } => "none",
            JsonArray list => string.Join(", ", list.Select(TextOf)),
            _ => node.ToJsonString(),
        };
        return text.Length > MaxText ? text[..MaxText] + "…" : text;
    }
}
