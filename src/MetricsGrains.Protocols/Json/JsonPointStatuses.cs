using System.Globalization;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>What follows from a status.</summary>
public static class JsonPointStatuses
{
    /// <summary>How many there are: an array of this length counts by status.</summary>
    public const int Count = (int)JsonPointStatus.TagBadUtf8 + 1;

    private static readonly string[] Names = [.. Enum.GetNames<JsonPointStatus>().Select(SnakeCase)];

    private static readonly string TagLimit = $"tags: more than {TagSet.MaxTags}";

    private static readonly string TagLengthLimit = $"tags: a key may have {TagSet.MaxKeyBytes} bytes, a value {TagSet.MaxValueBytes}";

    /// <summary>The name as a metric tag's value: "missing_name".</summary>
    public static string NameOf(JsonPointStatus status) => (uint)status < (uint)Names.Length ? Names[(int)status] : "unknown";

    /// <summary>The JSON itself is wrong, not what it says.</summary>
    public static bool IsSyntax(JsonPointStatus status) => status is JsonPointStatus.CutOff or JsonPointStatus.Broken or JsonPointStatus.TooDeep;

    /// <summary>The reason in words for the sender. Allocates only for syntax errors, which name a place.</summary>
    /// <param name="errorAt">See <see cref="JsonPoint.ErrorAt"/>.</param>
    public static string ReasonOf(JsonPointStatus status, int errorAt) => status switch
    {
        JsonPointStatus.Ok => "ok",
        JsonPointStatus.CutOff => string.Create(CultureInfo.InvariantCulture, $"JSON is cut off at byte {errorAt}"),
        JsonPointStatus.Broken => string.Create(CultureInfo.InvariantCulture, $"JSON is broken at byte {errorAt}"),
        JsonPointStatus.TooDeep => string.Create(CultureInfo.InvariantCulture, $"JSON is nested deeper than {JsonScanner.MaxDepth} at byte {errorAt}"),
        JsonPointStatus.NotAnObject => "a point must be a JSON object",
        JsonPointStatus.MissingName => "name: missing",
        JsonPointStatus.BadName => "name: must be a string",
        JsonPointStatus.NameTooLong => "name: longer than 255 bytes",
        JsonPointStatus.NameControlCharacter => "name: control characters are not accepted",
        JsonPointStatus.NameBadUtf8 => "name: not valid UTF-8",
        JsonPointStatus.UnknownType => "type: must be gauge, counter, cumulative_counter, distribution (also histogram, timer) or set",
        JsonPointStatus.MissingValue => "value: missing",
        JsonPointStatus.TwoValues => "value: give either value or values",
        JsonPointStatus.BadValue => "value: must be a number (for a set a number or a string)",
        JsonPointStatus.ValueNotFinite => "value: NaN and infinities are not accepted",
        JsonPointStatus.BadValues => "values: must be an array of numbers (for a set of numbers or strings)",
        JsonPointStatus.ValuesNotFinite => "values: NaN and infinities are not accepted",
        JsonPointStatus.MemberTooLong => "value: a set member may have 65536 bytes",
        JsonPointStatus.MemberBadUtf8 => "value: not valid UTF-8",
        JsonPointStatus.BadTimestamp => "timestamp: must be ISO 8601 with a zone, or whole Unix milliseconds",
        JsonPointStatus.TimestampWithoutZone => "timestamp: has no zone; end it with Z or an offset",
        JsonPointStatus.TimestampOutOfRange => "timestamp: out of range; Unix times are in milliseconds",
        JsonPointStatus.BadUnit => "unit: must be a string of at most 64 bytes without control characters",
        JsonPointStatus.BadTags => "tags: must be an object",
        JsonPointStatus.NestedTag => "tags: a value must be a string, a number or a boolean",
        JsonPointStatus.TooManyTags => TagLimit,
        JsonPointStatus.TagTooLong => TagLengthLimit,
        JsonPointStatus.TagEmptyKey => "tags: a key is empty",
        JsonPointStatus.TagControlCharacter => "tags: control characters are not accepted",
        JsonPointStatus.TagBadUtf8 => "tags: not valid UTF-8",
        _ => "refused",
    };

    internal static JsonPointStatus Of(JsonSyntax syntax) => syntax switch
    {
        JsonSyntax.Ok => JsonPointStatus.Ok,
        JsonSyntax.CutOff => JsonPointStatus.CutOff,
        JsonSyntax.TooDeep => JsonPointStatus.TooDeep,
        _ => JsonPointStatus.Broken,
    };

    internal static JsonPointStatus OfName(TextStatus status) => status switch
    {
        TextStatus.Ok => JsonPointStatus.Ok,
        TextStatus.Empty => JsonPointStatus.MissingName,
        TextStatus.TooLong => JsonPointStatus.NameTooLong,
        TextStatus.ControlCharacter => JsonPointStatus.NameControlCharacter,
        _ => JsonPointStatus.NameBadUtf8,
    };

    private static string SnakeCase(string name) => string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
