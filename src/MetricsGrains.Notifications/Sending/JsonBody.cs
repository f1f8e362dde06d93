using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetricsGrains.Notifications.Sending;

/// <summary>The bytes of a JSON body.</summary>
internal static class JsonBody
{
    // Bodies are never part of a page: no need to escape what is only dangerous in HTML, and sparklines stay short.
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, s_options);

    /// <returns>Null when it is no JSON object.</returns>
    public static JsonElement? TryReadObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text member of an object; empty when it is absent or something else.</summary>
    public static string TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : "";
}
