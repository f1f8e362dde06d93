namespace MetricsGrains.Storage.Common;

/// <summary>What a minute's row changes: which tables take it, and which derived buckets no longer hold.</summary>
/// <param name="HourMs">Start of the hour that holds it, Unix ms.</param>
/// <param name="DayMs">Start of the day that holds it, Unix ms.</param>
internal readonly record struct RowPlacement(long HourMs, long DayMs, bool Minute, bool PartialHour, bool PartialDay, bool DirtyHour, bool DirtyDay);
