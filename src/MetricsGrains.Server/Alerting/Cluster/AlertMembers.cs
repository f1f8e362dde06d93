using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>The rules and channels that live in this silo, and what they share. Thread-safe.</summary>
/// <param name="parts">As a node has them, but for the observer and the continuity, which are the cluster's.</param>
internal sealed class AlertMembers(AlertingParts parts, ClusterChannels channels)
{
    private readonly ConcurrentDictionary<Guid, RuleMember> _rules = [];
    private readonly ConcurrentDictionary<Guid, ChannelMember> _channels = [];
    private readonly long _intervalMs = (long)parts.Options.EvaluationInterval.TotalMilliseconds;
    private volatile bool _isOpen;

    public AlertingParts Parts => parts;

    public ClusterChannels Channels => channels;

    public IReadOnlyDictionary<ChannelType, INotifier> Notifiers { get; } = parts.Notifiers.ToDictionary(n => n.Type);

    public EvaluationRoom Room { get; } = new(parts.Meters, parts.Time, parts.Loggers.CreateLogger<EvaluationRoom>());

    /// <summary>What the next rule is activated with.</summary>
    public AlertGrainSettings Settings { get; set; } = new(parts.Options.EvaluationInterval, parts.Options.PublicUrl);

    public IReadOnlyCollection<RuleMember> Rules => [.. _rules.Values];

    public IReadOnlyCollection<ChannelMember> ChannelsHere => [.. _channels.Values];

    public bool IsEmpty => _rules.IsEmpty && _channels.IsEmpty;

    /// <exception cref="InvalidOperationException">The silo is leaving, or does not evaluate yet: try again, elsewhere.</exception>
    /// <exception cref="StoreUnavailableException">Without its state nobody knows what was told; try again.</exception>
    public async Task<RuleMember> ActivateRuleAsync(Guid id, IFencedState state, Action end, CancellationToken cancel)
    {
        RefuseUnlessOpen();
        var member = new RuleMember(id, state, this, end);
        await member.ActivateAsync(cancel);
        _rules[id] = member;
        return member;
    }

    /// <summary>As <see cref="ActivateRuleAsync"/>.</summary>
    public async Task<ChannelMember> ActivateChannelAsync(Guid id, IFencedState state, Action end, CancellationToken cancel)
    {
        RefuseUnlessOpen();
        var member = new ChannelMember(id, state, this, end);
        await member.ActivateAsync(cancel);
        _channels[id] = member;
        return member;
    }

    /// <summary>The activation has ended.</summary>
    public void Remove(RuleMember member) => _rules.TryRemove(new KeyValuePair<Guid, RuleMember>(member.Id, member));

    /// <summary>The activation has ended.</summary>
    public void Remove(ChannelMember member) => _channels.TryRemove(new KeyValuePair<Guid, ChannelMember>(member.Id, member));

    public RuleMember? FindRule(Guid id) => _rules.GetValueOrDefault(id);

    public ChannelMember? FindChannel(Guid id) => _channels.GetValueOrDefault(id);

    public RuleFigures Figures()
    {
        long now = parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
        long[] waits = [.. _rules.Values.Where(r => r.IsEvaluated).Select(r => now - r.DueMs)];
        return new RuleFigures(waits.Length, waits.Count(w => w > 0), waits.Count(w => w > _intervalMs / 4), waits.DefaultIfEmpty(0).Max() is var most && most > 0 ? most : 0);
    }

    /// <summary>Where the rules here stand.</summary>
    public IReadOnlyList<AlertRuleStanding> Standings() => [.. _rules.Values.Select(r => r.Shell?.Standing).OfType<AlertRuleStanding>()];

    /// <summary>From now on rules and channels can be activated here.</summary>
    public void Open() => _isOpen = true;

    /// <summary>Activates nothing any more, and has everything here end.</summary>
    public void Leave()
    {
        _isOpen = false;
        foreach (RuleMember rule in _rules.Values)
        {
            rule.End();
        }
        foreach (ChannelMember channel in _channels.Values)
        {
            channel.End();
        }
    }

    private void RefuseUnlessOpen()
    {
        if (!_isOpen)
        {
            throw new InvalidOperationException("this silo does not evaluate rules now");
        }
    }
}
