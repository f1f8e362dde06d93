using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// One rule's grain and the way into it: one call at a time, each followed by saving what must be saved and telling the channels. While the store does
/// not answer the channels are told all the same, and what was not saved goes with the next save.
/// </summary>
internal sealed class RuleShell(AlertGrain grain, IAlertRuleStore store, ChannelHost channels, Suppressions suppressions, AlertMeters meters, TimeProvider time) : IDisposable
{
    /// <summary>Events kept for a store that does not answer.</summary>
    private const int MaxUnsaved = 10_000;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<AlertEvent> _events = [];
    private bool _mustSave;
    private int _isQueued;

    public Guid Id => grain.Rule.Id;

    public AlertRule Rule => grain.Rule;

    /// <summary>Where in the interval its turn is, ms. The same after every start, and spread evenly over all rules.</summary>
    public long OffsetMs(long intervalMs) => (long)(StableHash.Of(Id.ToByteArray()) % (ulong)intervalMs);

    /// <summary>When it is due next, Unix ms; the scheduler's own.</summary>
    public long DueMs { get; set; }

    public AlertRuleStanding Standing => new(grain.Rule, grain.State, grain.LastEvaluationMs, grain.Problem);

    /// <summary>Why its state is not saved; empty when it is.</summary>
    public string StoreProblem { get; private set; } = "";

    /// <returns>False: it already waits for its turn.</returns>
    public bool TryQueue() => Interlocked.Exchange(ref _isQueued, 1) == 0;

    /// <returns>Whether the data could be read.</returns>
    public async Task<bool> EvaluateAsync(CancellationToken cancel)
    {
        Interlocked.Exchange(ref _isQueued, 0);
        await EnterAsync(async () => await grain.EvaluateAsync(cancel), cancel);
        bool sound = grain.Failure is null;
        if (grain.Rule.Enabled)
        {
            meters.Evaluated(!sound);
        }
        return sound;
    }

    public Task SettleAsync(CancellationToken cancel) => EnterAsync(() => Done(grain.Settle()), cancel);

    /// <summary>Channels that the rule no longer names are told the end of what it told them.</summary>
    public Task EditAsync(AlertRule rule, CancellationToken cancel) => EnterAsync(async () =>
    {
        HashSet<Guid> before = [.. ChannelIds(grain.Rule)];
        AlertOutcome outcome = grain.Edit(rule);
        before.ExceptWith(ChannelIds(rule));
        foreach (Guid left in before)
        {
            await channels.NotifyAsync(left, [.. outcome.Notices.Select(n => Ended(n, "the rule does not tell this channel any more"))], cancel);
        }
        return outcome;
    }, cancel);

    /// <summary>Ends everything and forgets the state.</summary>
    public async Task DeleteAsync(CancellationToken cancel)
    {
        await EnterAsync(() => Done(grain.Delete()), cancel);
        suppressions.Update(Id, []);
        await store.DeleteRuleStateAsync(Id, cancel);
    }

    public Task MuteAsync(RuleMute? mute, string by, CancellationToken cancel) => EnterAsync(() => Done(grain.Mute(mute, by)), cancel);

    public Task<bool> AcknowledgeAsync(TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) => EnterAsync(() => Done(grain.Acknowledge(tags, acknowledgement)), cancel);

    public Task<bool> ForgetAsync(TagSet tags, string by, CancellationToken cancel) => EnterAsync(() => Done(grain.Forget(tags, by)), cancel);

    public void Dispose() => _turn.Dispose();

    private static Task<AlertOutcome?> Done(AlertOutcome? outcome) => Task.FromResult(outcome);

    /// <returns>Whether the grain had something to do.</returns>
    private async Task<bool> EnterAsync(Func<Task<AlertOutcome?>> call, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            AlertOutcome? outcome = await call();
            if (outcome is null)
            {
                return false;
            }
            await SaveAsync(outcome, cancel);
            suppressions.Update(Id, outcome.Notices);
            if (outcome.Notices.Count > 0)
            {
                foreach (Guid channel in ChannelIds(grain.Rule))
                {
                    await channels.NotifyAsync(channel, outcome.Notices, cancel);
                }
            }
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task SaveAsync(AlertOutcome outcome, CancellationToken cancel)
    {
        _mustSave |= outcome.MustSave;
        _events.AddRange(outcome.Events);
        if (!_mustSave)
        {
            return;
        }
        if (_events.Count > MaxUnsaved)
        {
            _events.RemoveRange(0, _events.Count - MaxUnsaved);
        }
        try
        {
            await store.SaveRuleStateAsync(outcome.State, [.. _events], cancel);
            _events.Clear();
            _mustSave = false;
            StoreProblem = "";
        }
        catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
        {
            StoreProblem = error.Message;
        }
    }

    private AlertNotice Ended(AlertNotice notice, string why)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return notice with { Status = AlertStatus.Resolved, EndedMs = notice.EndedMs ?? now, AtMs = now, Message = why };
    }

    private IEnumerable<Guid> ChannelIds(AlertRule rule)
    {
        IReadOnlyList<Channel> all = channels.Channels;
        return rule.Channels
            .Select(name => all.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase) || (Guid.TryParse(name, out Guid id) && c.Id == id)))
            .OfType<Channel>().Select(c => c.Id).Distinct();
    }
}
