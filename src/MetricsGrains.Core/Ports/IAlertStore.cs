using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Ports;

/// <summary>
/// Everything of alerting that must outlive the process, in one database. All methods may be called concurrently. Every method can throw
/// <see cref="StoreUnavailableException"/>, after which the outcome is unknown and the call may be repeated: what an attempt before has written
/// is not written again, and an event that is in the history, the same in everything, is not added to it once more.
/// </summary>
public interface IAlertStore : IAlertRuleStore, IChannelStore, ISilenceStore, IAlertEventStore, IAsyncDisposable
{
    /// <summary>Creates or migrates the tables. Called once before anything else.</summary>
    /// <exception cref="StoreConfigurationException">The store can't be used as configured; the message says what to do.</exception>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>
    /// Deletes events, versions of deleted rules, finished messages, and silences that ended, older than <paramref name="beforeMs"/>. Events may stay
    /// up to a month longer: they go by whole months where that costs less.
    /// </summary>
    Task RetainAsync(long beforeMs, CancellationToken cancel);
}

/// <summary>What became of an edit that was made against a version.</summary>
public enum EditResult : byte
{
    Done = 1,
    NotFound = 2,

    /// <summary>Somebody else edited it meanwhile: the version given is not the stored one.</summary>
    Conflict = 3,

    /// <summary>The name is taken.</summary>
    NameTaken = 4,
}

/// <summary>A version of a rule, for the history of its edits.</summary>
/// <param name="Deleted">The rule was deleted with this version.</param>
public sealed record AlertRuleVersion(AlertRule Rule, bool Deleted);

public interface IAlertRuleStore
{
    /// <summary>By name (ordinal, case-insensitive).</summary>
    Task<IReadOnlyList<AlertRule>> ListRulesAsync(CancellationToken cancel);

    Task<AlertRule?> FindRuleAsync(Guid id, CancellationToken cancel);

    /// <summary>Inserts a rule of version 1, or replaces the version before <c>rule.Version</c>; writes it to the history of edits and the event beside it, all or nothing.</summary>
    Task<EditResult> SaveRuleAsync(AlertRule rule, AlertEvent edit, CancellationToken cancel);

    /// <summary>As <see cref="SaveRuleAsync"/> for each, in this order: all of them, or none.</summary>
    /// <returns>One for each. Unless all are <see cref="EditResult.Done"/> nothing was saved.</returns>
    Task<IReadOnlyList<EditResult>> SaveRulesAsync(IReadOnlyList<RuleSave> edits, CancellationToken cancel);

    /// <param name="version">The version that is deleted; null: whichever.</param>
    Task<EditResult> DeleteRuleAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel);

    /// <summary>Newest first; those of a deleted rule too, the first of which then says who deleted it and when.</summary>
    Task<IReadOnlyList<AlertRuleVersion>> ListVersionsAsync(Guid id, CancellationToken cancel);

    /// <returns>Null when none was saved.</returns>
    Task<AlertRuleState?> ReadRuleStateAsync(Guid ruleId, CancellationToken cancel);

    /// <summary>Replaces the state (and <c>last_fired_at</c> of the rule) and appends the events, all or nothing.</summary>
    Task SaveRuleStateAsync(AlertRuleState state, IReadOnlyList<AlertEvent> events, CancellationToken cancel);

    /// <summary>Deletes the state of a rule that is gone for good.</summary>
    Task DeleteRuleStateAsync(Guid ruleId, CancellationToken cancel);
}

public interface IChannelStore
{
    /// <summary>By name. With their secrets: mind whom they are shown to.</summary>
    Task<IReadOnlyList<Channel>> ListChannelsAsync(CancellationToken cancel);

    Task<Channel?> FindChannelAsync(Guid id, CancellationToken cancel);

    /// <summary>Inserts a channel of version 1, or replaces the version before <c>channel.Version</c>.</summary>
    Task<EditResult> SaveChannelAsync(Channel channel, AlertEvent edit, CancellationToken cancel);

    /// <summary>Its state and outbox go with it.</summary>
    Task<EditResult> DeleteChannelAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel);

    Task<ChannelState?> ReadChannelStateAsync(Guid channelId, CancellationToken cancel);

    /// <summary>Replaces the state, inserts or replaces the messages by their id, and appends the events, all or nothing.</summary>
    Task SaveChannelStateAsync(ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel);

    /// <summary>Messages of a channel in a status, newest first, at most <paramref name="limit"/>.</summary>
    /// <param name="status">Null: all.</param>
    Task<IReadOnlyList<OutboxMessage>> ListMessagesAsync(Guid channelId, OutboxStatus? status, int limit, CancellationToken cancel);

    Task<OutboxMessage?> FindMessageAsync(Guid id, CancellationToken cancel);
}

public interface ISilenceStore
{
    /// <summary>Those that end after <paramref name="endingAfterMs"/>, newest first.</summary>
    Task<IReadOnlyList<Silence>> ListSilencesAsync(long endingAfterMs, CancellationToken cancel);

    Task<Silence?> FindSilenceAsync(Guid id, CancellationToken cancel);

    /// <summary>Inserts a silence of version 1, or replaces the version before <c>silence.Version</c>. To expire one early, its <c>ToMs</c> is set to now.</summary>
    Task<EditResult> SaveSilenceAsync(Silence silence, AlertEvent edit, CancellationToken cancel);
}

/// <summary>Which events. Null or empty: any.</summary>
/// <param name="Instance">See <see cref="AlertEvent.Instance"/>; an empty one is no condition.</param>
/// <param name="FromMs">Unix ms, inclusive; <paramref name="ToMs"/> is exclusive.</param>
/// <param name="Before">Only those after the event of this id in the order of the answer: the id of a page's last event leads to the next page.</param>
/// <param name="Limit">1 … 1,000.</param>
public sealed record AlertEventQuery(Guid? RuleId, string? Instance, Guid? ChannelId, IReadOnlyList<AlertEventKind> Kinds, long FromMs, long ToMs, long? Before, int Limit);

public interface IAlertEventStore
{
    Task AppendEventsAsync(IReadOnlyList<AlertEvent> events, CancellationToken cancel);

    /// <summary>Newest first; of one time, the one that was stored last.</summary>
    Task<IReadOnlyList<AlertEvent>> ReadEventsAsync(AlertEventQuery query, CancellationToken cancel);
}
