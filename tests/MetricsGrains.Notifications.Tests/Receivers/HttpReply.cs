namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>What a receiver answers.</summary>
internal sealed record HttpReply(int Status, string Body, string? RetryAfter = null, string? Location = null);
