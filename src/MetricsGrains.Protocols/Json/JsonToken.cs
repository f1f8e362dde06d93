namespace MetricsGrains.Protocols.Json;

/// <summary>Where a value is in its text.</summary>
/// <param name="Start">Of a string: after its quote. Of an object or array: its bracket.</param>
/// <param name="Length">Of a string: without its quotes.</param>
/// <param name="Escaped">A string that has escapes, all of them well formed.</param>
internal readonly record struct JsonToken(JsonTokenKind Kind, int Start, int Length, bool Escaped)
{
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
}
