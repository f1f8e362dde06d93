namespace MetricsGrains.Protocols.Json;

/// <summary>Why a point was refused. <see cref="JsonPointStatuses"/> has the words for people and for counting.</summary>
public enum JsonPointStatus
{
    Ok,

    /// <summary>The JSON ends where more had to come.</summary>
    CutOff,

    /// <summary>Not JSON.</summary>
    Broken,

    /// <summary>JSON nested more than 64 deep.</summary>
    TooDeep,
    NotAnObject,
    MissingName,
    BadName,
    NameTooLong,
    NameControlCharacter,
    NameBadUtf8,
    UnknownType,
    MissingValue,

    /// <summary>Both "value" and "values".</summary>
    TwoValues,
    BadValue,
    ValueNotFinite,
    BadValues,
    ValuesNotFinite,
    MemberTooLong,
    MemberBadUtf8,
    BadTimestamp,
    TimestampWithoutZone,
    TimestampOutOfRange,
    BadUnit,
    BadTags,
    NestedTag,
    TooManyTags,
    TagTooLong,
    TagEmptyKey,
    TagControlCharacter,
    TagBadUtf8,
}
