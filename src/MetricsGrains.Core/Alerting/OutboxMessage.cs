namespace MetricsGrains.Core.Alerting;

/// <summary>Where a message stands. Stored: the numbers may only grow.</summary>
public enum OutboxStatus : byte
{
    Waiting = 1,
    Sent = 2,

    /// <summary>Given up; a person can have it sent again.</summary>
    Dead = 3,
}

/// <summary>A message on its way, kept until it was sent, and after that as the channel's delivery history.</summary>
/// <param name="Attempts">Tries so far.</param>
/// <param name="NextAttemptMs">Not before then, Unix ms.</param>
/// <param name="FinishedMs">When it was sent or given up, Unix ms.</param>
/// <param name="Answer">The last attempt's <see cref="SendOutcome.Answer"/>.</param>
public sealed record OutboxMessage(Notification Notification, OutboxStatus Status, int Attempts, long NextAttemptMs, long? FinishedMs, string Answer)
{
    public Guid Id => Notification.Id;
}
