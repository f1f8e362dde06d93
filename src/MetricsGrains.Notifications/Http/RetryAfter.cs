using System.Net.Http.Headers;

namespace MetricsGrains.Notifications.Http;

/// <summary>The header Retry-After (RFC 9110, 10.2.3): seconds, or a date.</summary>
internal static class RetryAfter
{
    /// <summary>A receiver that asks for more is not taken at its word: a message would be too old to be of use.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <returns>0 … <see cref="Longest"/>; null when there is none.</returns>
    public static TimeSpan? Of(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        TimeSpan? asked = header?.Delta ?? header?.Date - now;
        return asked is not { } wait ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }
}
