using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>What follows from a status.</summary>
public static class StatsDStatuses
{
    /// <summary>How many there are: an array of this length counts by status.</summary>
    public const int Count = (int)StatsDStatus.BadServiceCheck + 1;

    /// <summary>The name as a metric tag's value.</summary>
    public static string NameOf(StatsDStatus status) => status switch
    {
        StatsDStatus.Ok => "ok",
        StatsDStatus.MissingName => "missing_name",
        StatsDStatus.MissingValue => "missing_value",
        StatsDStatus.MissingType => "missing_type",
        StatsDStatus.UnknownType => "unknown_type",
        StatsDStatus.BadValue => "bad_value",
        StatsDStatus.BadSampleRate => "bad_sample_rate",
        StatsDStatus.BadTimestamp => "bad_timestamp",
        StatsDStatus.BadUtf8 => "bad_utf8",
        StatsDStatus.ControlCharacter => "control_character",
        StatsDStatus.NameTooLong => "name_too_long",
        StatsDStatus.TooManyTags => "too_many_tags",
        StatsDStatus.TagTooLong => "tag_too_long",
        StatsDStatus.BadTag => "bad_tag",
        StatsDStatus.BadEvent => "bad_event",
        StatsDStatus.BadServiceCheck => "bad_service_check",
        _ => "unknown",
    };

    internal static StatsDStatus Of(TextStatus status) => status switch
    {
        TextStatus.Ok => StatsDStatus.Ok,
        TextStatus.Empty => StatsDStatus.MissingName,
        TextStatus.TooLong => StatsDStatus.NameTooLong,
        TextStatus.ControlCharacter => StatsDStatus.ControlCharacter,
        _ => StatsDStatus.BadUtf8,
    };
}
