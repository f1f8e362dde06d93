namespace MetricsGrains.Core.Model;

/// <summary>Why a tag was refused.</summary>
public enum TagStatus
{
    Ok,
    EmptyKey,
    KeyTooLong,
    ValueTooLong,
    TooManyTags,
}
