using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>All rules and channels of a cluster, the same from every silo.</summary>
/// <param name="known">Rules that the store is known to have, possibly not the newest.</param>
/// <param name="isServed">Whether any silo evaluates; else what was saved is shown, as by a node that stands by.</param>
internal sealed class ClusterAlertGrains(IAlertPeers peers, ClusterChannels channels, IAlertRuleStore store, Func<IReadOnlyCollection<Guid>> known, Func<bool> isServed, TimeProvider time) : IAlertGrains
{
    private readonly AlertHost _saved = new(() => null, store);

    /// <summary>A page must not wait for a silo that is on its way out.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public async ValueTask ReloadRuleAsync(Guid ruleId, CancellationToken cancel)
    {
        // Whoever evaluates, now or later, looks for edits.
        if (isServed())
        {
            await AskAsync(ruleId, new RuleRequest(RuleCall.Reload), cancel);
        }
    }

    public async ValueTask<AlertRuleStanding?> DescribeRuleAsync(Guid ruleId, CancellationToken cancel) =>
        isServed() ? (await AskAsync(ruleId, new RuleRequest(RuleCall.Describe), cancel)).Standing : await _saved.DescribeRuleAsync(ruleId, cancel);

    public async ValueTask<IReadOnlyList<AlertRuleStanding>> ListRulesAsync(CancellationToken cancel)
    {
        if (!isServed())
        {
            return await _saved.ListRulesAsync(cancel);
        }
        IReadOnlyList<AlertRuleStanding>[] parts = await Task.WhenAll(peers.Silos.Select(s => StandingsAsync(s, cancel)));
        // While a rule moves, two silos may know it.
        Dictionary<Guid, AlertRuleStanding> found = parts.SelectMany(p => p).GroupBy(s => s.Rule.Id).ToDictionary(s => s.Key, s => s.MaxBy(one => (one.Rule.Version, one.State.Revision, one.LastEvaluationMs))!);
        foreach (Guid missing in known().Where(id => !found.ContainsKey(id)))
        {
            // Between two silos, or deleted a moment ago.
            if (await store.FindRuleAsync(missing, cancel) is { } rule)
            {
                AlertRuleState state = await store.ReadRuleStateAsync(missing, cancel) ?? AlertRuleState.New(missing);
                found[missing] = new AlertRuleStanding(rule, state, state.LastEvaluationMs, "");
            }
        }
        return [.. found.Values.OrderBy(s => s.Rule.Name, StringComparer.OrdinalIgnoreCase)];
    }

    public async ValueTask EvaluateAsync(Guid ruleId, CancellationToken cancel) => await AskAsync(ruleId, new RuleRequest(RuleCall.Evaluate), cancel);

    public async ValueTask<bool> MuteAsync(Guid ruleId, RuleMute? mute, string by, CancellationToken cancel) =>
        (await AskAsync(ruleId, new RuleRequest(RuleCall.Mute, By: by, Mute: mute), cancel)).IsDone;

    public async ValueTask<bool> AcknowledgeAsync(Guid ruleId, TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) =>
        (await AskAsync(ruleId, new RuleRequest(RuleCall.Acknowledge, Tags: tags, Acknowledgement: acknowledgement), cancel)).IsDone;

    public async ValueTask<bool> ForgetAsync(Guid ruleId, TagSet tags, string by, CancellationToken cancel) =>
        (await AskAsync(ruleId, new RuleRequest(RuleCall.Forget, By: by, Tags: tags), cancel)).IsDone;

    public ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel) => channels.NotifyAsync(channelId, notices, cancel);

    public async ValueTask ReloadChannelAsync(Guid channelId, CancellationToken cancel)
    {
        await channels.RefreshAsync(cancel);
        if (isServed())
        {
            await AskAsync(channelId, new ChannelRequest(ChannelCall.Reload), cancel);
        }
    }

    /// <summary>Asked once: a message that was sent must not be sent again because its answer got lost.</summary>
    public async ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel)
    {
        RefuseUnserved();
        try
        {
            return AlertWire.Decode<ChannelReply>(await peers.AskChannelAsync(channelId, AlertWire.Encode(new ChannelRequest(ChannelCall.Test)), cancel)).Outcome;
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw new GrainUnavailableException($"the channel {channelId} did not say what became of the message: {error.Message}", error);
        }
    }

    public async ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel) =>
        (await AskAsync(channelId, new ChannelRequest(ChannelCall.Replay, MessageId: messageId, By: by), cancel)).IsDone;

    private async Task<RuleReply> AskAsync(Guid ruleId, RuleRequest request, CancellationToken cancel)
    {
        RefuseUnserved();
        byte[] bytes = AlertWire.Encode(request);
        return AlertWire.Decode<RuleReply>(await PatientCall.AskAsync($"the rule {ruleId}", () => peers.AskRuleAsync(ruleId, bytes, cancel), time, cancel));
    }

    private async Task<ChannelReply> AskAsync(Guid channelId, ChannelRequest request, CancellationToken cancel)
    {
        RefuseUnserved();
        byte[] bytes = AlertWire.Encode(request);
        return AlertWire.Decode<ChannelReply>(await PatientCall.AskAsync($"the channel {channelId}", () => peers.AskChannelAsync(channelId, bytes, cancel), time, cancel));
    }

    private void RefuseUnserved()
    {
        if (!isServed())
        {
            throw new StoreUnavailableException("No silo of this cluster evaluates rules now: a node outside of it does.");
        }
    }

    private async Task<IReadOnlyList<AlertRuleStanding>> StandingsAsync(SiloId silo, CancellationToken cancel)
    {
        try
        {
            return AlertWire.Decode<IReadOnlyList<AlertRuleStanding>>(await peers.StandingsAsync(silo, cancel).WaitAsync(s_patience, time, cancel));
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            // What lives there is shown as it was saved.
            return [];
        }
    }
}
