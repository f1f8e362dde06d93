using System.Text.Unicode;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>Reads a point's "tags" object.</summary>
public static class JsonTags
{
    // Repeated keys do not count towards TagSet.MaxTags, but each costs a copy: this bounds them.
    private const int MaxMembers = TagSet.MaxTags * 4;

    /// <summary>Strings as they are, numbers and booleans as their text, null as absent; the last of equal keys wins.</summary>
    /// <param name="raw">See <see cref="JsonPoint.Tags"/>; empty is no tags.</param>
    /// <param name="builder">Is added to, not cleared. Of no use unless the status is Ok.</param>
    public static JsonPointStatus TryRead(ReadOnlySpan<byte> raw, TagSetBuilder builder)
    {
        var scanner = new JsonScanner(raw, 0);
        if (!scanner.SkipSpace())
        {
            return JsonPointStatus.Ok;
        }
        if (scanner.Next != '{')
        {
            return JsonPointStatus.BadTags;
        }
        scanner.At++;
        if (scanner.SkipSpace() && scanner.Next == '}')
        {
            return JsonPointStatus.Ok;
        }
        if (!Utf8.IsValid(raw))
        {
            return JsonPointStatus.TagBadUtf8;
        }
        Span<byte> keyRoom = stackalloc byte[TagSet.MaxKeyBytes];
        Span<byte> valueRoom = stackalloc byte[TagSet.MaxValueBytes];
        for (int members = 0; members < MaxMembers; members++)
        {
            if (scanner.ReadKey(out JsonToken key) != JsonSyntax.Ok || scanner.ReadValue(out JsonToken value) != JsonSyntax.Ok || !scanner.SkipSpace())
            {
                return JsonPointStatus.BadTags;
            }
            JsonPointStatus status = Add(key, value, raw, keyRoom, valueRoom, builder);
            if (status != JsonPointStatus.Ok)
            {
                return status;
            }
            byte next = scanner.Next;
            scanner.At++;
            if (next != ',')
            {
                return next == '}' ? JsonPointStatus.Ok : JsonPointStatus.BadTags;
            }
        }
        return JsonPointStatus.TooManyTags;
    }

    private static JsonPointStatus Add(JsonToken key, JsonToken value, ReadOnlySpan<byte> raw, Span<byte> keyRoom, Span<byte> valueRoom, TagSetBuilder builder)
    {
        switch (value.Kind)
        {
            case JsonTokenKind.Null:
                return JsonPointStatus.Ok;
            case JsonTokenKind.String or JsonTokenKind.Number or JsonTokenKind.True or JsonTokenKind.False:
                break;
            default:
                return JsonPointStatus.NestedTag;
        }
        ReadOnlySpan<byte> keyText = key.Of(raw);
        ReadOnlySpan<byte> valueText = value.Of(raw);
        JsonPointStatus status = Plain(key, ref keyText, keyRoom);
        if (status == JsonPointStatus.Ok)
        {
            status = Plain(value, ref valueText, valueRoom);
        }
        return status != JsonPointStatus.Ok ? status : builder.Add(keyText, valueText) switch
        {
            TagStatus.Ok => JsonPointStatus.Ok,
            TagStatus.EmptyKey => JsonPointStatus.TagEmptyKey,
            TagStatus.TooManyTags => JsonPointStatus.TooManyTags,
            _ => JsonPointStatus.TagTooLong,
        };
    }

    private static JsonPointStatus Plain(JsonToken token, ref ReadOnlySpan<byte> text, Span<byte> room)
    {
        if (token.Escaped)
        {
            int length = JsonEscapes.Unescape(text, room);
            if (length < 0)
            {
                return length == JsonEscapes.TooLong ? JsonPointStatus.TagTooLong : JsonPointStatus.TagBadUtf8;
            }
            text = room[..length];
        }
        return TextRules.Check(text) == TextStatus.Ok ? JsonPointStatus.Ok : JsonPointStatus.TagControlCharacter;
    }
}
