namespace MetricsGrains.Protocols.Json;

/// <summary>Where a point object's members are. The last of equal keys wins; unknown keys are read over.</summary>
internal struct JsonPointFields
{
    // A known key has at most 9 characters; written wholly in \uXXXX it has 54.
    private const int MaxEscapedKey = 54;

    public JsonToken Name;
    public JsonToken Type;
    public JsonToken Value;
    public JsonToken Values;
    public JsonToken Tags;
    public JsonToken Timestamp;
    public JsonToken Unit;

    /// <summary>Reads an object whole; the scanner is at its bracket.</summary>
    public JsonSyntax Read(ref JsonScanner scanner)
    {
        scanner.At++;
        if (!scanner.SkipSpace())
        {
            return JsonSyntax.CutOff;
        }
        if (scanner.Next == '}')
        {
            scanner.At++;
            return JsonSyntax.Ok;
        }
        while (true)
        {
            JsonSyntax syntax = scanner.ReadKey(out JsonToken key);
            if (syntax != JsonSyntax.Ok)
            {
                return syntax;
            }
            syntax = scanner.ReadValue(out JsonToken value);
            if (syntax != JsonSyntax.Ok)
            {
                return syntax;
            }
            Store(key, scanner.Text, value);
            if (!scanner.SkipSpace())
            {
                return JsonSyntax.CutOff;
            }
            byte next = scanner.Next;
            if (next is not ((byte)',' or (byte)'}'))
            {
                return JsonSyntax.Broken;
            }
            scanner.At++;
            if (next == '}')
            {
                return JsonSyntax.Ok;
            }
        }
    }

    private void Store(JsonToken key, ReadOnlySpan<byte> text, JsonToken value)
    {
        ReadOnlySpan<byte> name = key.Of(text);
        if (!key.Escaped)
        {
            Store(name, value);
        }
        else if (name.Length <= MaxEscapedKey)
        {
            Span<byte> plain = stackalloc byte[MaxEscapedKey];
            int length = JsonEscapes.Unescape(name, plain);
            Store(length < 0 ? default : plain[..length], value);
        }
    }

    private void Store(ReadOnlySpan<byte> name, JsonToken value)
    {
        switch (name.Length)
        {
            case 4 when name.SequenceEqual("name"u8):
                Name = value;
                break;
            case 4 when name.SequenceEqual("tags"u8):
                Tags = value;
                break;
            case 4 when name.SequenceEqual("type"u8):
                Type = value;
                break;
            case 4 when name.SequenceEqual("unit"u8):
                Unit = value;
                break;
            case 5 when name.SequenceEqual("value"u8):
                Value = value;
                break;
            case 6 when name.SequenceEqual("values"u8):
                Values = value;
                break;
            case 9 when name.SequenceEqual("timestamp"u8):
                Timestamp = value;
                break;
        }
    }
}
