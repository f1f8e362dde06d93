using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>Up to when rows of each resolution were dropped by retention, at least some of them. Unix ms, always a partition's end; <see cref="long.MinValue"/>: none ever were.</summary>
internal readonly record struct DroppedThrough(long Minutes, long Hours, long Days)
{
    /// <summary>
    /// Where a minute's row goes. Where minutes were dropped already, the hours derived from them can't be derived again: the
    /// row is added to the hour as a partial row instead, and where hours were dropped, to the day.
    /// </summary>
    public RowPlacement PlacementOf(long minuteMs)
    {
        bool minutes = minuteMs >= Minutes;
        bool hours = minuteMs >= Hours;
        bool days = minuteMs >= Days;
        return new RowPlacement(
            Resolution.Floor(minuteMs, Resolution.OneHour), Resolution.Floor(minuteMs, Resolution.OneDay),
            Minute: minutes, PartialHour: hours && !minutes, PartialDay: days && !hours, DirtyHour: hours && minutes, DirtyDay: days && hours);
    }
}
