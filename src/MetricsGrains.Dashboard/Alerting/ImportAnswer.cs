using System.Globalization;
using System.Text.Json;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What the API said to an import.</summary>
/// <param name="Problems">What is wrong with which rule; empty when nothing is.</param>
public sealed record ImportAnswer(bool IsDone, string Summary, IReadOnlyList<string> Problems)
{
    /// <summary>Reads {"status":"success","data":{"created":1,…}} or {"status":"error","error":"…","problems":[{"field","message"}]}, whichever numbers and lists it has.</summary>
    public static ImportAnswer Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("status", out JsonElement status) && status.GetString() == "success")
            {
                string counts = root.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object
                    ? string.Join(", ", data.EnumerateObject().Select(p => (p.Name, Count: CountOf(p.Value))).Where(p => p.Count is not null).Select(p => $"{p.Count} {p.Name.Replace('_', ' ')}"))
                    : "";
                return new ImportAnswer(true, counts.Length == 0 ? "Imported." : $"Imported: {counts}.", []);
            }
            string[] problems = root.TryGetProperty("problems", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(p => $"{Text(p, "field")}: {Text(p, "message")}")]
                : [];
            return new ImportAnswer(false, problems.Length > 0 ? "Nothing was imported:" : "Nothing was imported: " + Text(root, "error"), problems);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new ImportAnswer(false, "Nothing is known of the import: the answer can't be read.", []);
        }
    }

    private static string? CountOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Array => value.GetArrayLength().ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
