namespace MetricsGrains.Core.Alerting;

/// <summary>What became of one attempt to send.</summary>
public enum SendResult : byte
{
    Delivered = 1,

    /// <summary>Not now: no answer, a 5xx, or too many requests. Worth another try.</summary>
    Retry = 2,

    /// <summary>Never: the receiver refused what it was sent. Trying again would get the same answer.</summary>
    Rejected = 3,
}

/// <summary>What became of one attempt to send.</summary>
/// <param name="Answer">What the other side said, for people, at most 500 characters, without secrets: "200 ok", "429 rate_limited", "connection refused".</param>
/// <param name="RetryAfter">How long the receiver asked to be left alone; null when it did not say.</param>
/// <param name="Reference">See <see cref="Notification.Reference"/>.</param>
public sealed record SendOutcome(SendResult Result, string Answer, TimeSpan? RetryAfter = null, string? Reference = null)
{
    public static SendOutcome Delivered(string answer, string? reference = null) => new(SendResult.Delivered, answer, null, reference);

    public static SendOutcome Retry(string answer, TimeSpan? after = null) => new(SendResult.Retry, answer, after);

    public static SendOutcome Rejected(string answer) => new(SendResult.Rejected, answer);
}
