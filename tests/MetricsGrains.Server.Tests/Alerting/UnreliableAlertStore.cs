using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>A real store that fails, or hangs, when the test says so.</summary>
internal sealed class UnreliableAlertStore(IAlertStore inner) : IAlertStore
{
    private volatile TaskCompletionSource? _hang;

    /// <summary>Calls don't end, whatever their token says: as a driver that waits for a server that was suspended.</summary>
    public bool Hangs
    {
        get => _hang is not null;
        set
        {
            TaskCompletionSource? before = _hang;
            _hang = value ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            before?.TrySetResult();
        }
    }

    public bool Fails { get; set; }

    /// <summary>Calls that were made, whatever became of them.</summary>
    public int Calls { get; private set; }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public async Task OpenAsync(CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.OpenAsync(cancel);
    }

    public async Task RetainAsync(long beforeMs, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.RetainAsync(beforeMs, cancel);
    }

    public async Task SaveRuleStateAsync(AlertRuleState state, IReadOnlyList<AlertEvent> events, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.SaveRuleStateAsync(state, events, cancel);
    }

    public async Task DeleteRuleStateAsync(Guid ruleId, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.DeleteRuleStateAsync(ruleId, cancel);
    }

    public async Task SaveChannelStateAsync(ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.SaveChannelStateAsync(state, messages, events, cancel);
    }

    public async Task AppendEventsAsync(IReadOnlyList<AlertEvent> events, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        await inner.AppendEventsAsync(events, cancel);
    }

    public async Task<IReadOnlyList<AlertRule>> ListRulesAsync(CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ListRulesAsync(cancel);
    }

    public async Task<AlertRule?> FindRuleAsync(Guid id, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.FindRuleAsync(id, cancel);
    }

    public async Task<EditResult> SaveRuleAsync(AlertRule rule, AlertEvent edit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.SaveRuleAsync(rule, edit, cancel);
    }

    public async Task<IReadOnlyList<EditResult>> SaveRulesAsync(IReadOnlyList<RuleSave> edits, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.SaveRulesAsync(edits, cancel);
    }

    public async Task<EditResult> DeleteRuleAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.DeleteRuleAsync(id, version, edit, cancel);
    }

    public async Task<IReadOnlyList<AlertRuleVersion>> ListVersionsAsync(Guid id, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ListVersionsAsync(id, cancel);
    }

    public async Task<AlertRuleState?> ReadRuleStateAsync(Guid ruleId, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ReadRuleStateAsync(ruleId, cancel);
    }

    public async Task<IReadOnlyList<Channel>> ListChannelsAsync(CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ListChannelsAsync(cancel);
    }

    public async Task<Channel?> FindChannelAsync(Guid id, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.FindChannelAsync(id, cancel);
    }

    public async Task<EditResult> SaveChannelAsync(Channel channel, AlertEvent edit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.SaveChannelAsync(channel, edit, cancel);
    }

    public async Task<EditResult> DeleteChannelAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.DeleteChannelAsync(id, version, edit, cancel);
    }

    public async Task<ChannelState?> ReadChannelStateAsync(Guid channelId, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ReadChannelStateAsync(channelId, cancel);
    }

    public async Task<IReadOnlyList<OutboxMessage>> ListMessagesAsync(Guid channelId, OutboxStatus? status, int limit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ListMessagesAsync(channelId, status, limit, cancel);
    }

    public async Task<OutboxMessage?> FindMessageAsync(Guid id, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.FindMessageAsync(id, cancel);
    }

    public async Task<IReadOnlyList<Silence>> ListSilencesAsync(long endingAfterMs, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ListSilencesAsync(endingAfterMs, cancel);
    }

    public async Task<Silence?> FindSilenceAsync(Guid id, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.FindSilenceAsync(id, cancel);
    }

    public async Task<EditResult> SaveSilenceAsync(Silence silence, AlertEvent edit, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.SaveSilenceAsync(silence, edit, cancel);
    }

    public async Task<IReadOnlyList<AlertEvent>> ReadEventsAsync(AlertEventQuery query, CancellationToken cancel)
    {
        await ReachAsync(cancel);
        return await inner.ReadEventsAsync(query, cancel);
    }

    private async Task ReachAsync(CancellationToken cancel)
    {
        Calls++;
        if (_hang is { } hang)
        {
            await hang.Task;
            cancel.ThrowIfCancellationRequested();
        }
        if (Fails)
        {
            throw new StoreUnavailableException("the test says so");
        }
    }
}
