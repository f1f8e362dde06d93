using System.Collections.Frozen;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// One rule's grain and the way into it: one call at a time, each followed by saving what must be saved and telling the channels. While the store does
/// not answer the channels are told all the same, and what was not saved goes with the next save.
/// </summary>
internal sealed class RuleShell(AlertGrain grain, IAlertStateStore<AlertRuleState> store, StorePatience patience, IChannelDirectory channels, Suppressions suppressions, AlertMeters meters, TimeProvider time) : IAlertShell
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly UnsavedState<AlertRuleState> _unsaved = new(patience, store);
    private (IReadOnlyList<Channel> Of, ChannelRoute Route) _route = (channels.Channels, ChannelRoute.Of(grain.Rule, channels.Channels));
    private volatile AlertRuleStanding _standing = new(grain.Rule, grain.State, 0, "");
    private volatile FrozenSet<string> _alerting = FrozenSet<string>.Empty;
    /// <summary>One that was evaluated before has said so in its history.</summary>
    private volatile bool _isMissingChannels = grain.State.LastEvaluationMs > 0 && ChannelRoute.Of(grain.Rule, channels.Channels).Missing.Count > 0;
    private int _isQueued;
    private bool _isDeleted;

    public Guid Id { get; } = grain.Rule.Id;

    public AlertRule Rule => _standing.Rule;

    /// <summary>The rule and its instances as the last call left them.</summary>
    public AlertRuleStanding Standing => _standing;

    /// <summary>Whether the store has its state.</summary>
    public bool IsSaved => _unsaved.IsSaved;

    /// <summary>It names a channel that does not exist; others are told in its place.</summary>
    public bool IsMissingChannels => _isMissingChannels;

    /// <returns>False: it already waits for its turn.</returns>
    public bool TryQueue() => Interlocked.Exchange(ref _isQueued, 1) == 0;

    /// <returns>Whether the data could be read.</returns>
    public async Task<bool> EvaluateAsync(CancellationToken cancel)
    {
        bool sound = false;
        await EnterAsync(async () =>
        {
            // Not before it has its turn: one that is held up must not have a second one waiting beside it for each interval that passes.
            Interlocked.Exchange(ref _isQueued, 0);
            AlertOutcome outcome = await grain.EvaluateAsync(cancel);
            sound = grain.Failure is null;
            if (grain.Rule.Enabled)
            {
                meters.Evaluated(!sound);
            }
            return outcome;
        }, cancel);
        return sound;
    }

    public Task SettleAsync(CancellationToken cancel) => EnterAsync(() => Done(grain.Settle()), cancel);

    /// <summary>Channels that the rule no longer names are told the end of what it told them.</summary>
    public Task EditAsync(AlertRule rule, CancellationToken cancel) => EnterAsync(async () =>
    {
        HashSet<Guid> before = [.. _route.Route.Ids];
        AlertOutcome outcome = grain.Edit(rule);
        _route = (channels.Channels, ChannelRoute.Of(rule, channels.Channels));
        before.ExceptWith(_route.Route.Ids);
        foreach (Guid left in before)
        {
            await channels.NotifyAsync(left, [.. outcome.Notices.Select(n => Ended(n, "the rule does not tell this channel any more"))], CancellationToken.None);
        }
        return outcome;
    }, cancel);

    /// <summary>Ends everything and forgets the state.</summary>
    public async Task DeleteAsync(CancellationToken cancel)
    {
        await EnterAsync(() =>
        {
            // Evaluations may wait for their turn behind this one: they must not begin everything anew.
            _isDeleted = true;
            return Done(grain.Delete());
        }, cancel);
        suppressions.Update(Id, []);
        await store.DeleteAsync(cancel);
    }

    public Task MuteAsync(RuleMute? mute, string by, CancellationToken cancel) => EnterAsync(() => Done(grain.Mute(mute, by)), cancel);

    public Task<bool> AcknowledgeAsync(TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) => EnterAsync(() => Done(grain.Acknowledge(tags, acknowledgement)), cancel);

    public Task<bool> ForgetAsync(TagSet tags, string by, CancellationToken cancel) => EnterAsync(() => Done(grain.Forget(tags, by)), cancel);

    /// <summary>Whether it tells this channel of this incident now. It knows so before the channel does.</summary>
    public bool Tells(Guid channelId, string incident) => _alerting.Contains(incident) && ChannelRoute.Of(Rule, channels.Channels).Ids.Contains(channelId);

    /// <summary>Tries once more to save what a store that did not answer left.</summary>
    public Task SaveRestAsync() => EnterAsync(() => Done(null), CancellationToken.None);

    public void Dispose()
    {
        suppressions.Update(Id, []);
        _turn.Dispose();
    }

    private static Task<AlertOutcome?> Done(AlertOutcome? outcome) => Task.FromResult(outcome);

    /// <returns>Whether the grain had something to do.</returns>
    private async Task<bool> EnterAsync(Func<Task<AlertOutcome?>> call, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_isDeleted)
            {
                return false;
            }
            AlertOutcome? outcome = await call();
            if (outcome is null)
            {
                await _unsaved.SaveAsync();
                return false;
            }
            AlertEvent[] more = FollowChannels();
            Publish(outcome);
            _unsaved.Add(outcome.State, outcome.MustSave, [], more.Length == 0 ? outcome.Events : [.. outcome.Events, .. more]);
            await _unsaved.SaveAsync();
            foreach (Guid channel in outcome.Notices.Count > 0 ? _route.Route.Ids : [])
            {
                await channels.NotifyAsync(channel, outcome.Notices, CancellationToken.None);
            }
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Publish(AlertOutcome outcome)
    {
        string missing = _route.Route.Problem;
        string problem = missing.Length == 0 ? grain.Problem : grain.Problem.Length == 0 ? missing : $"{grain.Problem}; {missing}";
        _standing = new AlertRuleStanding(grain.Rule, outcome.State, grain.LastEvaluationMs, problem);
        if (outcome.Notices.Count > 0 || _alerting.Count > 0)
        {
            _alerting = outcome.Notices.Where(n => n.IsAlerting).Select(n => n.IncidentKey).ToFrozenSet();
            suppressions.Update(Id, outcome.Notices);
        }
    }

    /// <summary>Goes by the channels there are now.</summary>
    /// <returns>For the history: that a channel is missing, once.</returns>
    private AlertEvent[] FollowChannels()
    {
        if (!ReferenceEquals(_route.Of, channels.Channels))
        {
            _route = (channels.Channels, ChannelRoute.Of(grain.Rule, channels.Channels));
        }
        bool were = _isMissingChannels;
        _isMissingChannels = _route.Route.Missing.Count > 0;
        return were || !_isMissingChannels
            ? []
            : [new AlertEvent { AtMs = NowMs, Kind = AlertEventKind.ChannelMissing, RuleId = Id, RuleName = grain.Rule.Name, Detail = _route.Route.Problem }];
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private AlertNotice Ended(AlertNotice notice, string why) => notice with { Status = AlertStatus.Resolved, EndedMs = notice.EndedMs ?? NowMs, AtMs = NowMs, Message = why };
}
