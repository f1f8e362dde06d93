using System.Buffers;
using System.Runtime.CompilerServices;

namespace MetricsGrains.Protocols.Json;

/// <summary>
/// A strict JSON scanner (RFC 8259) that finds where values begin and end. Unlike Utf8JsonReader it answers broken input with a
/// status instead of an exception: a body of a million bad lines must not cost a million exceptions. It takes the words NaN and
/// Infinity for values, so that a point which has one can be refused by name. It does not check UTF-8.
/// </summary>
internal ref struct JsonScanner(ReadOnlySpan<byte> text, int at)
{
    /// <summary>Objects and arrays within one another; one bit each in a ulong.</summary>
    public const int MaxDepth = 64;

    // What ends a string's plain run: its quote, an escape, or a control character, which must be escaped.
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, (byte)'"', (byte)'\\',
    ]);

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>The next byte to read; after a failure, where it was seen.</summary>
    public int At = at;

    public readonly ReadOnlySpan<byte> Text => _text;

    public readonly byte Next => _text[At];

    /// <returns>False at the end of the text.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SkipSpace()
    {
        while ((uint)At < (uint)_text.Length)
        {
            if (_text[At] > ' ' || _text[At] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return true;
            }
            At++;
        }
        return false;
    }

    /// <summary>Reads a member's name and its colon, and stops at the first byte of its value.</summary>
    public JsonSyntax ReadKey(out JsonToken key)
    {
        key = default;
        if (!SkipSpace())
        {
            return JsonSyntax.CutOff;
        }
        if (_text[At] != '"')
        {
            return JsonSyntax.Broken;
        }
        JsonSyntax syntax = ReadString(out key);
        if (syntax != JsonSyntax.Ok)
        {
            return syntax;
        }
        if (!SkipSpace())
        {
            return JsonSyntax.CutOff;
        }
        if (_text[At] != ':')
        {
            return JsonSyntax.Broken;
        }
        At++;
        return SkipSpace() ? JsonSyntax.Ok : JsonSyntax.CutOff;
    }

    /// <summary>Reads any value, whole.</summary>
    public JsonSyntax ReadValue(out JsonToken token)
    {
        if (!SkipSpace())
        {
            token = default;
            return JsonSyntax.CutOff;
        }
        return _text[At] is (byte)'{' or (byte)'[' ? ReadContainer(out token) : ReadScalar(out token);
    }

    private JsonSyntax ReadScalar(out JsonToken token)
    {
        byte b = _text[At];
        if (b == '"')
        {
            return ReadString(out token);
        }
        if (b is >= (byte)'0' and <= (byte)'9')
        {
            return ReadNumber(out token);
        }
        switch (b)
        {
            case (byte)'-':
                return At + 1 < _text.Length && _text[At + 1] == 'I' ? ReadWord("-Infinity"u8, JsonTokenKind.NotFinite, out token) : ReadNumber(out token);
            case (byte)'t':
                return ReadWord("true"u8, JsonTokenKind.True, out token);
            case (byte)'f':
                return ReadWord("false"u8, JsonTokenKind.False, out token);
            case (byte)'n':
                return ReadWord("null"u8, JsonTokenKind.Null, out token);
            case (byte)'N':
                return ReadWord("NaN"u8, JsonTokenKind.NotFinite, out token);
            case (byte)'I':
                return ReadWord("Infinity"u8, JsonTokenKind.NotFinite, out token);
            default:
                token = default;
                return JsonSyntax.Broken;
        }
    }

    private JsonSyntax ReadWord(ReadOnlySpan<byte> word, JsonTokenKind kind, out JsonToken token)
    {
        token = new JsonToken(kind, At, word.Length, false);
        int same = _text[At..].CommonPrefixLength(word);
        At += same;
        return same == word.Length ? JsonSyntax.Ok : At == _text.Length ? JsonSyntax.CutOff : JsonSyntax.Broken;
    }

    private JsonSyntax ReadString(out JsonToken token)
    {
        token = default;
        int start = ++At;
        bool escaped = false;
        while (true)
        {
            int run = _text[At..].IndexOfAny(StringStops);
            if (run < 0)
            {
                At = _text.Length;
                return JsonSyntax.CutOff;
            }
            At += run;
            byte stop = _text[At];
            if (stop == '"')
            {
                token = new JsonToken(JsonTokenKind.String, start, At - start, escaped);
                At++;
                return JsonSyntax.Ok;
            }
            if (stop != '\\')
            {
                return JsonSyntax.Broken;
            }
            escaped = true;
            JsonSyntax syntax = SkipEscape();
            if (syntax != JsonSyntax.Ok)
            {
                return syntax;
            }
        }
    }

    private JsonSyntax SkipEscape()
    {
        if (++At == _text.Length)
        {
            return JsonSyntax.CutOff;
        }
        if (_text[At] != 'u')
        {
            bool known = _text[At] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t';
            At += known ? 1 : 0;
            return known ? JsonSyntax.Ok : JsonSyntax.Broken;
        }
        At++;
        for (int i = 0; i < 4; i++, At++)
        {
            if (At == _text.Length)
            {
                return JsonSyntax.CutOff;
            }
            if (!char.IsAsciiHexDigit((char)_text[At]))
            {
                return JsonSyntax.Broken;
            }
        }
        return JsonSyntax.Ok;
    }

    private JsonSyntax ReadNumber(out JsonToken token)
    {
        int start = At;
        token = default;
        At += _text[At] == '-' ? 1 : 0;
        bool zero = At < _text.Length && _text[At] == '0';
        JsonSyntax syntax = SkipDigits(out int digits);
        if (syntax == JsonSyntax.Ok && zero && digits > 1)
        {
            At = At - digits + 1;
            return JsonSyntax.Broken;
        }
        if (syntax == JsonSyntax.Ok && At < _text.Length && _text[At] == '.')
        {
            At++;
            syntax = SkipDigits(out _);
        }
        if (syntax == JsonSyntax.Ok && At < _text.Length && _text[At] is (byte)'e' or (byte)'E')
        {
            At++;
            At += At < _text.Length && _text[At] is (byte)'+' or (byte)'-' ? 1 : 0;
            syntax = SkipDigits(out _);
        }
        token = new JsonToken(JsonTokenKind.Number, start, At - start, false);
        return syntax;
    }

    /// <summary>At least one digit.</summary>
    private JsonSyntax SkipDigits(out int digits)
    {
        int start = At;
        while (At < _text.Length && (uint)(_text[At] - '0') <= 9)
        {
            At++;
        }
        digits = At - start;
        return digits > 0 ? JsonSyntax.Ok : At == _text.Length ? JsonSyntax.CutOff : JsonSyntax.Broken;
    }

    private JsonSyntax ReadContainer(out JsonToken token)
    {
        int start = At;
        bool isArray = _text[At] == '[';
        ulong objects = 0;
        int depth = 0;
        token = default;
        do
        {
            // At the first byte of a value.
            byte open = _text[At];
            JsonSyntax syntax = JsonSyntax.Ok;
            if (open is (byte)'{' or (byte)'[')
            {
                if (depth == MaxDepth)
                {
                    return JsonSyntax.TooDeep;
                }
                depth++;
                objects = (objects << 1) | (open == '{' ? 1UL : 0);
                At++;
                if (!SkipSpace())
                {
                    return JsonSyntax.CutOff;
                }
                if (_text[At] != (open == '{' ? '}' : ']'))
                {
                    syntax = open == '{' ? ReadKey(out _) : JsonSyntax.Ok;
                    if (syntax != JsonSyntax.Ok)
                    {
                        return syntax;
                    }
                    continue;
                }
            }
            else
            {
                syntax = ReadScalar(out _);
            }
            if (syntax == JsonSyntax.Ok)
            {
                syntax = CloseAndAdvance(ref objects, ref depth);
            }
            if (syntax != JsonSyntax.Ok)
            {
                return syntax;
            }
        }
        while (depth > 0);
        token = new JsonToken(isArray ? JsonTokenKind.Array : JsonTokenKind.Object, start, At - start, false);
        return JsonSyntax.Ok;
    }

    /// <summary>After a value: takes closing brackets, then, unless the outermost is closed, a comma and what leads to the next value.</summary>
    private JsonSyntax CloseAndAdvance(ref ulong objects, ref int depth)
    {
        while (depth > 0)
        {
            if (!SkipSpace())
            {
                return JsonSyntax.CutOff;
            }
            bool isObject = (objects & 1) != 0;
            if (_text[At] == (isObject ? '}' : ']'))
            {
                At++;
                objects >>= 1;
                depth--;
                continue;
            }
            if (_text[At] != ',')
            {
                return JsonSyntax.Broken;
            }
            At++;
            return isObject ? ReadKey(out _) : SkipSpace() ? JsonSyntax.Ok : JsonSyntax.CutOff;
        }
        return JsonSyntax.Ok;
    }
}
