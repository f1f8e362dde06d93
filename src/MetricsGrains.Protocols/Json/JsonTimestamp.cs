using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>Reads a point's time: a string in ISO 8601's extended format with a zone (the RFC 3339 profile; seconds may be left out), or whole Unix milliseconds.</summary>
internal static class JsonTimestamp
{
    private const long MinMs = -62_135_596_800_000;
    private const long MaxMs = 253_402_300_799_999;
    private const int MaxEscaped = 256;

    public static JsonPointStatus TryRead(JsonToken token, ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        ReadOnlySpan<byte> raw = token.Of(text);
        if (token.Kind == JsonTokenKind.Number)
        {
            return TryReadUnix(raw, out unixMs);
        }
        if (token.Kind != JsonTokenKind.String || raw.Length > MaxEscaped)
        {
            return JsonPointStatus.BadTimestamp;
        }
        if (!token.Escaped)
        {
            return IsoTime.TryParse(raw, out unixMs);
        }
        // .NET's default encoder writes "+02:00" as "\u002B02:00".
        Span<byte> plain = stackalloc byte[MaxEscaped];
        int length = JsonEscapes.Unescape(raw, plain);
        return length < 0 ? JsonPointStatus.BadTimestamp : IsoTime.TryParse(plain[..length], out unixMs);
    }

    /// <summary>Takes 1.7e12 too, as some encoders write whole numbers.</summary>
    private static JsonPointStatus TryReadUnix(ReadOnlySpan<byte> raw, out long unixMs)
    {
        unixMs = 0;
        if (!DecimalNumber.TryParse(raw, out double value))
        {
            return JsonPointStatus.BadTimestamp;
        }
        if (!(value >= MinMs && value <= MaxMs))
        {
            return JsonPointStatus.TimestampOutOfRange;
        }
        // Within the range every whole number is an exact double.
        unixMs = (long)value;
        return unixMs == value ? JsonPointStatus.Ok : JsonPointStatus.BadTimestamp;
    }
}
