using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Storage.Common;

/// <summary>Tags as a JSON object of strings, for people with a SQL prompt; the canonical bytes are what counts.</summary>
internal static class TagsJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(TagSet tags) => Of(tags.ToPairs());

    public static string Of(IEnumerable<KeyValuePair<string, string>> tags)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            foreach (KeyValuePair<string, string> tag in tags)
            {
                json.WriteString(tag.Key, tag.Value);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
