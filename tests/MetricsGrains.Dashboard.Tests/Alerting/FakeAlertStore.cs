using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Tests.Alerting;

/// <summary>An alert store in memory, with the versions and conflicts of a real one.</summary>
internal sealed class FakeAlertStore : IAlertStore
{
    public Dictionary<Guid, List<AlertRuleVersion>> Rules { get; } = [];

    public Dictionary<Guid, Channel> Channels { get; } = [];

    public Dictionary<Guid, ChannelState> ChannelStates { get; } = [];

    public List<OutboxMessage> Messages { get; } = [];

    public Dictionary<Guid, Silence> Silences { get; } = [];

    public List<AlertEvent> Events { get; } = [];

    public List<AlertEventQuery> Asked { get; } = [];

    public Task OpenAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task RetainAsync(long beforeMs, CancellationToken cancel) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Put(AlertRule rule) => Rules[rule.Id] = [new AlertRuleVersion(rule, false)];

    public Task<IReadOnlyList<AlertRule>> ListRulesAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<AlertRule>>([.. Rules.Values.Select(v => v[0]).Where(v => !v.Deleted).Select(v => v.Rule).OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase)]);

    public async Task<AlertRule?> FindRuleAsync(Guid id, CancellationToken cancel) => (await ListRulesAsync(cancel)).FirstOrDefault(r => r.Id == id);

    public async Task<EditResult> SaveRuleAsync(AlertRule rule, AlertEvent edit, CancellationToken cancel)
    {
        IReadOnlyList<AlertRule> all = await ListRulesAsync(cancel);
        AlertRule? stored = all.FirstOrDefault(r => r.Id == rule.Id);
        if (all.Any(r => r.Id != rule.Id && r.Name.Equals(rule.Name, StringComparison.OrdinalIgnoreCase)))
        {
            return EditResult.NameTaken;
        }
        if (stored is null && rule.Version > 1)
        {
            return EditResult.NotFound;
        }
        if ((stored?.Version ?? 0) + 1 != rule.Version)
        {
            return EditResult.Conflict;
        }
        Rules.TryAdd(rule.Id, []);
        Rules[rule.Id].Insert(0, new AlertRuleVersion(rule, false));
        Record(edit);
        return EditResult.Done;
    }

    public async Task<EditResult> DeleteRuleAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel)
    {
        if (await FindRuleAsync(id, cancel) is not { } stored)
        {
            return EditResult.NotFound;
        }
        if (version is not null && version != stored.Version)
        {
            return EditResult.Conflict;
        }
        Rules[id].Insert(0, new AlertRuleVersion(stored with { Version = stored.Version + 1 }, true));
        Record(edit);
        return EditResult.Done;
    }

    public Task<IReadOnlyList<AlertRuleVersion>> ListVersionsAsync(Guid id, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<AlertRuleVersion>>(Rules.TryGetValue(id, out List<AlertRuleVersion>? versions) ? [.. versions] : []);

    public Task<AlertRuleState?> ReadRuleStateAsync(Guid ruleId, CancellationToken cancel) => Task.FromResult<AlertRuleState?>(null);

    public Task SaveRuleStateAsync(AlertRuleState state, IReadOnlyList<AlertEvent> events, CancellationToken cancel) => Task.CompletedTask;

    public Task DeleteRuleStateAsync(Guid ruleId, CancellationToken cancel) => Task.CompletedTask;

    public Task<IReadOnlyList<Channel>> ListChannelsAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<Channel>>([.. Channels.Values.OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase)]);

    public Task<Channel?> FindChannelAsync(Guid id, CancellationToken cancel) => Task.FromResult(Channels.GetValueOrDefault(id));

    public Task<EditResult> SaveChannelAsync(Channel channel, AlertEvent edit, CancellationToken cancel)
    {
        if (Channels.Values.Any(c => c.Id != channel.Id && c.Name.Equals(channel.Name, StringComparison.OrdinalIgnoreCase)))
        {
            return Task.FromResult(EditResult.NameTaken);
        }
        if ((Channels.GetValueOrDefault(channel.Id)?.Version ?? 0) + 1 != channel.Version)
        {
            return Task.FromResult(EditResult.Conflict);
        }
        Channels[channel.Id] = channel;
        Record(edit);
        return Task.FromResult(EditResult.Done);
    }

    public Task<EditResult> DeleteChannelAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel)
    {
        Record(edit);
        return Task.FromResult(Channels.Remove(id) ? EditResult.Done : EditResult.NotFound);
    }

    public Task<ChannelState?> ReadChannelStateAsync(Guid channelId, CancellationToken cancel) => Task.FromResult(ChannelStates.GetValueOrDefault(channelId));

    public Task SaveChannelStateAsync(ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel) => Task.CompletedTask;

    public Task<IReadOnlyList<OutboxMessage>> ListMessagesAsync(Guid channelId, OutboxStatus? status, int limit, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<OutboxMessage>>([.. Messages.Where(m => m.Notification.ChannelId == channelId && (status is null || m.Status == status)).Take(limit)]);

    public Task<OutboxMessage?> FindMessageAsync(Guid id, CancellationToken cancel) => Task.FromResult(Messages.FirstOrDefault(m => m.Id == id));

    public Task<IReadOnlyList<Silence>> ListSilencesAsync(long endingAfterMs, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<Silence>>([.. Silences.Values.Where(s => s.ToMs > endingAfterMs).OrderByDescending(s => s.FromMs)]);

    public Task<Silence?> FindSilenceAsync(Guid id, CancellationToken cancel) => Task.FromResult(Silences.GetValueOrDefault(id));

    public Task<EditResult> SaveSilenceAsync(Silence silence, AlertEvent edit, CancellationToken cancel)
    {
        if ((Silences.GetValueOrDefault(silence.Id)?.Version ?? 0) + 1 != silence.Version)
        {
            return Task.FromResult(EditResult.Conflict);
        }
        Silences[silence.Id] = silence;
        Record(edit);
        return Task.FromResult(EditResult.Done);
    }

    public Task AppendEventsAsync(IReadOnlyList<AlertEvent> events, CancellationToken cancel)
    {
        foreach (AlertEvent entry in events)
        {
            Record(entry);
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<AlertEvent>> ReadEventsAsync(AlertEventQuery query, CancellationToken cancel)
    {
        Asked.Add(query);
        return Task.FromResult<IReadOnlyList<AlertEvent>>([.. Events.Where(e => (query.RuleId is null || e.RuleId == query.RuleId) && (query.Instance is null || e.Instance == query.Instance)
            && (query.Kinds.Count == 0 || query.Kinds.Contains(e.Kind)) && e.AtMs >= query.FromMs && e.AtMs < query.ToMs && (query.Before is null || e.Id < query.Before)).OrderByDescending(e => e.Id).Take(query.Limit)]);
    }

    private void Record(AlertEvent entry) => Events.Add(entry with { Id = Events.Count + 1 });
}
