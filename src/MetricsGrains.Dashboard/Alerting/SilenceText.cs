using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Silences in words.</summary>
public static class SilenceText
{
    /// <summary>"Mon, Tue from 22:00 for 2h (Europe/Berlin)".</summary>
    public static string Of(Recurrence recurrence)
    {
        string days = recurrence.Days.Distinct().Count() == 7 ? "every day" : string.Join(", ", recurrence.Days.OrderBy(d => ((int)d + 6) % 7).Select(ShortOf));
        return $"{days} from {recurrence.Start.ToString("HH:mm", CultureInfo.InvariantCulture)} for {AlertDuration.Format(recurrence.Length)} ({recurrence.TimeZone})";
    }

    public static string ShortOf(DayOfWeek day) => day.ToString()[..3];

    /// <summary>In one line.</summary>
    public static string Matchers(Silence silence) => string.Join(", ", silence.Matchers.Select(AlertMatcherText.Format));
}
