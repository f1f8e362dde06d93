namespace MetricsGrains.Protocols.StatsD;

/// <summary>Why a line, a value of it or its tags were refused. See <see cref="StatsDStatuses.NameOf"/> for counting by reason.</summary>
public enum StatsDStatus
{
    Ok,

    /// <summary>Nothing before the first colon, or an empty line.</summary>
    MissingName,

    /// <summary>No colon after the name, or nothing after it.</summary>
    MissingValue,

    /// <summary>No pipe after the values, or nothing after it.</summary>
    MissingType,
    UnknownType,

    /// <summary>Not a decimal number, or not a finite one. Costs that packed value only.</summary>
    BadValue,

    /// <summary>Not a number from <see cref="StatsDParser.MinSampleRate"/> to 1.</summary>
    BadSampleRate,

    /// <summary>Not whole seconds from 1970 to the year 9999.</summary>
    BadTimestamp,
    BadUtf8,
    ControlCharacter,
    NameTooLong,
    TooManyTags,
    TagTooLong,

    /// <summary>A tag without a key (":value").</summary>
    BadTag,
    BadEvent,
    BadServiceCheck,
}
