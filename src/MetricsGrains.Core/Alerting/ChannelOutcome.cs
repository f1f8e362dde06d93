namespace MetricsGrains.Core.Alerting;

/// <summary>
/// What a call to a ChannelGrain led to, to be saved in one piece before anything is sent: a message that is sent before it is saved would be made
/// again, under another id, after a crash.
/// </summary>
/// <param name="MustSave">Whether anything changed that must outlive the process.</param>
/// <param name="Messages">Those that are new or changed.</param>
public sealed record ChannelOutcome(ChannelState State, bool MustSave, IReadOnlyList<OutboxMessage> Messages, IReadOnlyList<AlertEvent> Events);
