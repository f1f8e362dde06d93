using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Server.Ingest;

/// <summary>Something that happened, to be shown beside the numbers: a DogStatsD event, or a service check that had something to say.</summary>
/// <param name="UnixMs">When.</param>
/// <param name="Level">"info", "success", "warning" or "error".</param>
/// <param name="Tags">"k:v,k:v", as sent.</param>
public sealed record Annotation(long UnixMs, string Title, string Text, string Level, string Host, string Source, string AggregationKey, string Tags)
{
    internal static Annotation Of(in StatsDEvent happened, long at) =>
        new(at, Unescaped(happened.Title), Unescaped(happened.Text), happened.AlertType.ToString().ToLowerInvariant(), Utf8(happened.Host), Utf8(happened.SourceType), Utf8(happened.AggregationKey), Utf8(happened.Tags));

    internal static Annotation Of(in StatsDServiceCheck check, long at) =>
        new(at, Utf8(check.Name), Unescaped(check.Message), check.Status switch { 0 => "success", 1 => "warning", 2 => "error", _ => "info" }, Utf8(check.Host), "service_check", "", Utf8(check.Tags));

    private static string Unescaped(ReadOnlySpan<byte> text)
    {
        byte[] plain = new byte[text.Length];
        return Encoding.UTF8.GetString(plain, 0, StatsDText.Unescape(text, plain));
    }

    private static string Utf8(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
