using System.Text.Unicode;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>Walks a point's value or values. The reader has walked them before, so that a point is refused whole and never in part.</summary>
public ref struct JsonValues
{
    private readonly JsonPointScratch _scratch;
    private readonly bool _isSet;
    private readonly bool _isMany;
    private JsonScanner _scanner;
    private JsonToken _single;

    internal JsonValues(ReadOnlySpan<byte> text, JsonToken token, bool isMany, bool isSet, JsonPointScratch scratch)
    {
        _scratch = scratch;
        _isSet = isSet;
        _isMany = isMany;
        _single = token;
        // An array is entered at the byte after its bracket, and ends at the other.
        _scanner = isMany ? new JsonScanner(text[..(token.Start + token.Length - 1)], token.Start + 1) : new JsonScanner(text, 0);
        Current = default;
        Status = JsonPointStatus.Ok;
    }

    public JsonValue Current { get; private set; }

    /// <summary>Why the walk ended, for the reader's first walk.</summary>
    internal JsonPointStatus Status { get; private set; }

    public readonly JsonValues GetEnumerator() => this;

    public bool MoveNext()
    {
        JsonToken token = _single;
        if (_isMany)
        {
            // The commas were seen to be right when the array was scanned.
            if (!_scanner.SkipSpace())
            {
                return false;
            }
            _scanner.At += _scanner.Next == ',' ? 1 : 0;
            if (_scanner.ReadValue(out token) != JsonSyntax.Ok)
            {
                return false;
            }
        }
        else if (token.Kind == JsonTokenKind.None)
        {
            return false;
        }
        _single = default;
        ReadOnlySpan<byte> raw = token.Of(_scanner.Text);
        Status = _isSet ? ReadMember(token, raw) : ReadNumber(token, raw);
        return Status == JsonPointStatus.Ok;
    }

    private JsonPointStatus ReadNumber(JsonToken token, ReadOnlySpan<byte> raw)
    {
        if (token.Kind == JsonTokenKind.Number && DecimalNumber.TryParse(raw, out double value))
        {
            Current = new JsonValue(value, raw);
            return double.IsFinite(value) ? JsonPointStatus.Ok : NotFinite;
        }
        bool named = token.Kind == JsonTokenKind.NotFinite || (token.Kind == JsonTokenKind.String && IsNotFiniteName(raw));
        return named ? NotFinite : Bad;
    }

    private JsonPointStatus ReadMember(JsonToken token, ReadOnlySpan<byte> raw)
    {
        if (token.Kind is not (JsonTokenKind.String or JsonTokenKind.Number))
        {
            return Bad;
        }
        if (raw.Length > JsonPointScratch.MaxMemberBytes)
        {
            return JsonPointStatus.MemberTooLong;
        }
        if (token.Escaped)
        {
            Span<byte> plain = _scratch.Member(raw.Length);
            int length = JsonEscapes.Unescape(raw, plain);
            if (length < 0)
            {
                return JsonPointStatus.MemberBadUtf8;
            }
            raw = plain[..length];
        }
        Current = new JsonValue(0, raw);
        return Utf8.IsValid(raw) ? JsonPointStatus.Ok : JsonPointStatus.MemberBadUtf8;
    }

    private readonly JsonPointStatus Bad => _isMany ? JsonPointStatus.BadValues : JsonPointStatus.BadValue;

    private readonly JsonPointStatus NotFinite => _isMany ? JsonPointStatus.ValuesNotFinite : JsonPointStatus.ValueNotFinite;

    private static bool IsNotFiniteName(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("NaN"u8) || text.SequenceEqual("Infinity"u8) || text.SequenceEqual("-Infinity"u8) || text.SequenceEqual("Inf"u8) || text.SequenceEqual("+Inf"u8) || text.SequenceEqual("-Inf"u8);
}
