using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Writes silences.</summary>
internal static class SilenceJson
{
    public static object Of(Silence silence, long nowMs) => new
    {
        id = silence.Id,
        matchers = silence.Matchers.Select(m => new { label = m.Label, @operator = AlertMatcherText.SignOf(m.Operator), value = m.Value }),
        matchers_text = silence.Matchers.Select(AlertMatcherText.Format),
        from = ApiTime.Of(silence.FromMs),
        to = ApiTime.Of(silence.ToMs),
        recurrence = silence.Recurrence is { } r
            ? new { days = r.Days.Select(d => d.ToString().ToLowerInvariant()), start = r.Start.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture), length = AlertDuration.Format(r.Length), time_zone = r.TimeZone }
            : null,
        created_by = silence.CreatedBy,
        comment = silence.Comment,
        status = StatusOf(silence, nowMs),
        active = silence.IsActive(nowMs),
        version = silence.Version,
        created_at = ApiTime.Of(silence.CreatedAtMs),
    };

    /// <summary>"pending", "active" or "expired", as its range says; within it a recurring one is silent only in its windows.</summary>
    public static string StatusOf(Silence silence, long nowMs) => nowMs >= silence.ToMs ? "expired" : nowMs < silence.FromMs ? "pending" : "active";

    /// <summary>For the history.</summary>
    public static string TextOf(Silence silence)
    {
        string matchers = string.Join(", ", silence.Matchers.Select(AlertMatcherText.Format));
        string windows = silence.Recurrence is { } r ? $", in windows of {AlertDuration.Format(r.Length)} from {r.Start.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture)} {r.TimeZone} on {string.Join(", ", r.Days)}" : "";
        return $"{{{matchers}}} from {ApiTime.Of(silence.FromMs)} to {ApiTime.Of(silence.ToMs)}{windows}: {silence.Comment}";
    }
}
