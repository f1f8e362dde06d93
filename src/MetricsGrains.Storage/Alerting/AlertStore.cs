using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Alerting;

/// <summary>
/// Alerting in a database, whichever it is. A write is one transaction, and finds out by itself what an earlier attempt at it has left: any
/// call may be repeated after a failure. The layout is described in docs/formats/alert-store.md.
/// </summary>
public abstract class AlertStore : IAlertStore
{
    private protected AlertStore()
    {
    }

    public abstract Task OpenAsync(CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    public async Task RetainAsync(long beforeMs, CancellationToken cancel)
    {
        await DropEventsAsync(beforeMs, cancel);
        int deleted;
        do
        {
            deleted = await WriteAsync(async s => await OutboxTable.DeleteSomeAsync(s, beforeMs), cancel);
        }
        while (deleted == OutboxTable.DeletedAtOnce);
        await WriteAsync(
            async s =>
            {
                await RuleTable.ForgetAsync(s, beforeMs);
                await RuleStateTable.ForgetAsync(s, beforeMs);
                await OutboxTable.ForgetAsync(s);
                return await SilenceTable.DeleteAsync(s, beforeMs);
            }, cancel);
    }

    public Task<IReadOnlyList<AlertRule>> ListRulesAsync(CancellationToken cancel) => ReadAsync(RuleTable.ListAsync, cancel);

    public Task<AlertRule?> FindRuleAsync(Guid id, CancellationToken cancel) => ReadAsync(s => RuleTable.FindAsync(s, id), cancel);

    public Task<EditResult> SaveRuleAsync(AlertRule rule, AlertEvent edit, CancellationToken cancel) => WriteAsync(s => RuleTable.SaveAsync(s, rule, edit), cancel);

    public async Task<IReadOnlyList<EditResult>> SaveRulesAsync(IReadOnlyList<RuleSave> edits, CancellationToken cancel)
    {
        try
        {
            return await WriteAsync(s => RuleTable.SaveAllAsync(s, edits), cancel);
        }
        catch (EditsRefusedException refused)
        {
            return refused.Results;
        }
    }

    public Task<EditResult> DeleteRuleAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel) => WriteAsync(s => RuleTable.DeleteAsync(s, id, version, edit), cancel);

    public Task<IReadOnlyList<AlertRuleVersion>> ListVersionsAsync(Guid id, CancellationToken cancel) => ReadAsync(s => RuleTable.ListVersionsAsync(s, id), cancel);

    public Task<AlertRuleState?> ReadRuleStateAsync(Guid ruleId, CancellationToken cancel) => ReadAsync(s => RuleStateTable.ReadAsync(s, ruleId), cancel);

    public Task SaveRuleStateAsync(AlertRuleState state, IReadOnlyList<AlertEvent> events, CancellationToken cancel) =>
        WriteAsync(s => RuleStateTable.SaveAsync(s, state, events), cancel);

    public Task DeleteRuleStateAsync(Guid ruleId, CancellationToken cancel) => WriteAsync(async s => await RuleStateTable.DeleteAsync(s, ruleId), cancel);

    public Task<IReadOnlyList<Channel>> ListChannelsAsync(CancellationToken cancel) => ReadAsync(ChannelTable.ListAsync, cancel);

    public Task<Channel?> FindChannelAsync(Guid id, CancellationToken cancel) => ReadAsync(s => ChannelTable.FindAsync(s, id), cancel);

    public Task<EditResult> SaveChannelAsync(Channel channel, AlertEvent edit, CancellationToken cancel) => WriteAsync(s => ChannelTable.SaveAsync(s, channel, edit), cancel);

    public Task<EditResult> DeleteChannelAsync(Guid id, int? version, AlertEvent edit, CancellationToken cancel) =>
        WriteAsync(s => ChannelTable.DeleteAsync(s, id, version, edit), cancel);

    public Task<ChannelState?> ReadChannelStateAsync(Guid channelId, CancellationToken cancel) => ReadAsync(s => ChannelTable.ReadStateAsync(s, channelId), cancel);

    public Task SaveChannelStateAsync(ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel) =>
        WriteAsync(s => ChannelTable.SaveStateAsync(s, state, messages, events), cancel);

    public Task<IReadOnlyList<OutboxMessage>> ListMessagesAsync(Guid channelId, OutboxStatus? status, int limit, CancellationToken cancel) =>
        ReadAsync(s => OutboxTable.ListAsync(s, channelId, status, limit), cancel);

    public Task<OutboxMessage?> FindMessageAsync(Guid id, CancellationToken cancel) => ReadAsync(s => OutboxTable.FindAsync(s, id), cancel);

    public Task<IReadOnlyList<Silence>> ListSilencesAsync(long endingAfterMs, CancellationToken cancel) => ReadAsync(s => SilenceTable.ListAsync(s, endingAfterMs), cancel);

    public Task<Silence?> FindSilenceAsync(Guid id, CancellationToken cancel) => ReadAsync(s => SilenceTable.FindAsync(s, id), cancel);

    public Task<EditResult> SaveSilenceAsync(Silence silence, AlertEvent edit, CancellationToken cancel) => WriteAsync(s => SilenceTable.SaveAsync(s, silence, edit), cancel);

    public Task AppendEventsAsync(IReadOnlyList<AlertEvent> events, CancellationToken cancel) => WriteAsync(s => EventTable.AppendAsync(s, events), cancel);

    public Task<IReadOnlyList<AlertEvent>> ReadEventsAsync(AlertEventQuery query, CancellationToken cancel) => ReadAsync(s => EventTable.ReadAsync(s, query), cancel);

    /// <summary>Runs the body over one snapshot.</summary>
    private protected abstract Task<T> ReadAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel);

    /// <summary>Runs the body in a transaction: all of it, or nothing. The body may run again after a failure.</summary>
    private protected abstract Task<T> WriteAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel);

    /// <summary>Removes old events in many small transactions, or many at a stroke.</summary>
    private protected abstract Task DropEventsAsync(long beforeMs, CancellationToken cancel);

    private Task WriteAsync(Func<IAlertSession, Task> body, CancellationToken cancel) => WriteAsync(
        async s =>
        {
            await body(s);
            return 0;
        }, cancel);
}
