namespace MetricsGrains.Core.Alerting;

/// <summary>Alerts that match are not told, from a time to a time; or, with a recurrence, in every window of it in between (planned maintenance).</summary>
public sealed record Silence
{
    public required Guid Id { get; init; }

    /// <summary>All must match; at least one.</summary>
    public required IReadOnlyList<AlertMatcher> Matchers { get; init; }

    /// <summary>Unix ms, inclusive.</summary>
    public required long FromMs { get; init; }

    /// <summary>Unix ms, exclusive.</summary>
    public required long ToMs { get; init; }

    /// <summary>Null: silent all the time from <see cref="FromMs"/> to <see cref="ToMs"/>.</summary>
    public Recurrence? Recurrence { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Why.</summary>
    public required string Comment { get; init; }

    public int Version { get; init; } = 1;

    /// <summary>Unix ms.</summary>
    public long CreatedAtMs { get; init; }

    public bool IsActive(long nowMs) => nowMs >= FromMs && nowMs < ToMs && (Recurrence is null || Recurrence.Covers(nowMs));
}

/// <summary>How a matcher compares. Written as in Alertmanager: = != =~ !~.</summary>
public enum MatchOperator : byte
{
    Equal = 1,
    NotEqual = 2,

    /// <summary>A regular expression (RE2-like: no backtracking) that matches the whole value.</summary>
    Regex = 3,
    NotRegex = 4,
}

/// <summary>A condition on one label of an alert: a tag, or alertname, rule_id, severity, metric, owner. An absent label is an empty value.</summary>
public sealed record AlertMatcher(string Label, MatchOperator Operator, string Value);

/// <summary>Windows that come again each week.</summary>
/// <param name="Days">At least one.</param>
/// <param name="Start">Local time of day at which each window begins.</param>
/// <param name="Length">More than zero, at most seven days.</param>
/// <param name="TimeZone">IANA name, like Europe/Berlin.</param>
public sealed record Recurrence(IReadOnlyList<DayOfWeek> Days, TimeOnly Start, TimeSpan Length, string TimeZone)
{
    /// <summary>Whether a window covers the time, daylight saving taken into account.</summary>
    public bool Covers(long unixMs)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out TimeZoneInfo? zone))
        {
            return false;
        }
        DateTimeOffset local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(unixMs), zone);
        for (int back = 0; back <= (int)Math.Ceiling(Length.TotalDays); back++)
        {
            DateTime day = local.Date.AddDays(-back);
            if (Days.Contains(day.DayOfWeek))
            {
                DateTime start = day + Start.ToTimeSpan();
                // A start that the clocks skip is taken as the moment after the gap.
                DateTime valid = zone.IsInvalidTime(start) ? start.AddHours(1) : start;
                long startMs = new DateTimeOffset(valid, zone.GetUtcOffset(valid)).ToUnixTimeMilliseconds();
                if (unixMs >= startMs && unixMs < startMs + (long)Length.TotalMilliseconds)
                {
                    return true;
                }
            }
        }
        return false;
    }
}
