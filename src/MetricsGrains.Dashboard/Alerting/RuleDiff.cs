using System.Text.Json;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What an edit changed, one field of a rule.</summary>
/// <param name="Field">As in the API.</param>
/// <param name="Before">Empty: there was nothing.</param>
public sealed record RuleDiff(string Field, string Before, string After)
{
    private const int MaxText = 120;
    private static readonly string[] s_beside = ["id", "version", "created_at_ms", "updated_at_ms", "updated_by"];

    /// <summary>By the stored form, so that no field is forgotten.</summary>
    public static IReadOnlyList<RuleDiff> Between(AlertRule before, AlertRule after)
    {
        JsonObject old = Write(before), now = Write(after);
        return [.. now.Select(p => p.Key).Union(old.Select(p => p.Key)).Except(s_beside)
            .Where(k => !JsonNode.DeepEquals(old[k], now[k]))
            .Select(k => new RuleDiff(k, TextOf(old[k]), TextOf(now[k])))];
    }

    public string Label => Field.Replace('_', ' ');

    /// <summary>"threshold 250 → 300".</summary>
    public override string ToString() => $"{Label} {Or(Before)} → {Or(After)}";

    /// <summary>All in one line, for the history.</summary>
    public static string Summary(IReadOnlyList<RuleDiff> changes) => changes.Count == 0 ? "nothing changed" : string.Join("; ", changes);

    private static string Or(string text) => text.Length == 0 ? "none" : text;

    private static JsonObject Write(AlertRule rule) => (JsonObject)JsonSerializer.SerializeToNode(rule, AlertJson.Options)!;

    private static string TextOf(JsonNode? node)
    {
        string text = node switch
        {
            null => "",
            JsonValue value when value.TryGetValue(out string? words) => words,
            JsonArray { Count: 0 } or JsonObject { Count: 0 } => "",
            JsonArray list => string.Join(", ", list.Select(TextOf)),
            _ => node.ToJsonString(),
        };
        return text.Length > MaxText ? text[..MaxText] + "…" : text;
    }
}
