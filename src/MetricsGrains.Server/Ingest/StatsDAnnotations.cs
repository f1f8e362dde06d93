using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Server.Ingest;

/// <summary>Makes annotations of DogStatsD's events, and of service checks that have something to say.</summary>
internal static class StatsDAnnotations
{
    /// <param name="nowMs">When it came, Unix ms: ids follow each other in that order.</param>
    public static Annotation Of(in StatsDEvent happened, TagSet tags, long at, long nowMs) => new(
        NewId(nowMs), at, Unescaped(happened.Title), Unescaped(happened.Text), happened.AlertType.ToString().ToLowerInvariant(),
        Utf8(happened.Host), Utf8(happened.SourceType), Utf8(happened.AggregationKey), tags);

    /// <inheritdoc cref="Of(in StatsDEvent, TagSet, long, long)"/>
    public static Annotation Of(in StatsDServiceCheck check, TagSet tags, long at, long nowMs) => new(
        NewId(nowMs), at, Utf8(check.Name), Unescaped(check.Message), check.Status switch { 0 => "success", 1 => "warning", 2 => "error", _ => "info" },
        Utf8(check.Host), "service_check", "", tags);

    private static Guid NewId(long nowMs) => Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(nowMs));

    private static string Unescaped(ReadOnlySpan<byte> text)
    {
        byte[] plain = new byte[text.Length];
        return Encoding.UTF8.GetString(plain, 0, StatsDText.Unescape(text, plain));
    }

    private static string Utf8(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
