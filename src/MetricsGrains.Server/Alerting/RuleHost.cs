using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>All alert rules of this process.</summary>
internal sealed class RuleHost(
    IAlertStore store, StorePatience patience, ChannelHost channels, Suppressions suppressions, IAlertObserver observer, IIngestContinuity continuity, AlertingOptions options, AlertMeters meters,
    EvaluationMark mark, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, RuleShell> _shells = [];
    private readonly SemaphoreSlim _edits = new(1, 1);
    private AlertGrainSettings _settings = new(options.EvaluationInterval, options.PublicUrl);
    private volatile RuleTurn[] _turns = [];
    private readonly Dictionary<Guid, ChannelOrphans> _orphans = [];

    /// <summary>By the place of their turns in the interval, which spreads them evenly over it. A snapshot: nothing is copied to read it.</summary>
    public IReadOnlyList<RuleTurn> Turns => _turns;

    public IEnumerable<RuleShell> Shells => _turns.Select(t => t.Shell);

    /// <summary>Activates every rule with its last state. The channels must have been started: what they told of rules that are gone ends now.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        _settings = _settings with { EvaluatedThroughMs = mark.Read() };
        foreach (AlertRule rule in await store.ListRulesAsync(cancel))
        {
            _shells[rule.Id] = await ActivateAsync(rule, cancel);
        }
        _settings = _settings with { EvaluatedThroughMs = 0 };
        Arrange();
        // What inhibits must be known before the first channel looks at what it holds back.
        foreach (RuleTurn turn in _turns)
        {
            await turn.Shell.SettleAsync(cancel);
        }
        // Nothing runs yet: what looks like an orphan is one.
        await EndOrphansAsync(cancel);
        await EndOrphansAsync(cancel);
    }

    public RuleShell? Find(Guid id) => _shells.GetValueOrDefault(id);

    /// <summary>Goes by what the store has of the rule now.</summary>
    public async Task ReloadAsync(Guid id, CancellationToken cancel)
    {
        // One after another: two edits whose readings crossed would leave the older one.
        await _edits.WaitAsync(cancel);
        try
        {
            await TakeOverAsync(id, await store.FindRuleAsync(id, cancel), cancel);
        }
        finally
        {
            Arrange();
            _edits.Release();
        }
    }

    /// <summary>Goes by what the store has now of every rule: of those that other nodes have edited.</summary>
    public async Task ReloadEditedAsync(CancellationToken cancel)
    {
        Dictionary<Guid, AlertRule> stored = (await store.ListRulesAsync(cancel)).ToDictionary(r => r.Id);
        Guid[] edited = [.. stored.Values.Where(r => Find(r.Id)?.Rule.Version != r.Version).Select(r => r.Id), .. _shells.Keys.Where(id => !stored.ContainsKey(id))];
        foreach (Guid id in edited)
        {
            // Read again: the rule may have been edited here since.
            await ReloadAsync(id, cancel);
        }
    }

    /// <summary>
    /// Ends what a channel takes for going on although no rule tells it so: a crash may have come between a rule's last word and the channel's hearing
    /// it, and what nobody ends stays open for ever. Called once an interval: only what was so the last time too is ended, for the rule's own last word
    /// may be on its way.
    /// </summary>
    public async Task EndOrphansAsync(CancellationToken cancel)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach ((Guid channel, IReadOnlyList<AlertNotice> alerting) in channels.Alerting)
        {
            if (!_orphans.TryGetValue(channel, out ChannelOrphans? orphans))
            {
                _orphans.Add(channel, orphans = new ChannelOrphans());
            }
            AlertNotice[] untold = [.. alerting.Where(n => Find(n.RuleId)?.Tells(channel, n.IncidentKey) != true)];
            await channels.NotifyAsync(channel, orphans.Look(untold, id => ChannelOrphans.WhyOrphaned(Find(id)?.Rule), now), cancel);
        }
    }

    /// <summary>Tries once more to save what a store that did not answer left; nothing while it is known not to answer.</summary>
    public async Task SaveRestAsync()
    {
        foreach (RuleTurn turn in _turns)
        {
            if (!patience.IsOpen)
            {
                return;
            }
            if (!turn.Shell.IsSaved)
            {
                await turn.Shell.SaveRestAsync();
            }
        }
    }

    public void Dispose()
    {
        _edits.Dispose();
        foreach (RuleTurn turn in _turns)
        {
            turn.Shell.Dispose();
        }
    }

    private async Task TakeOverAsync(Guid id, AlertRule? rule, CancellationToken cancel)
    {
        RuleShell? shell = Find(id);
        if (rule is null)
        {
            if (shell is not null)
            {
                _shells.TryRemove(id, out _);
                await shell.DeleteAsync(cancel);
            }
        }
        else if (shell is null)
        {
            shell = await ActivateAsync(rule, cancel);
            _shells[id] = shell;
            await shell.SettleAsync(cancel);
        }
        else
        {
            await shell.EditAsync(rule, cancel);
        }
    }

    private void Arrange()
    {
        long interval = (long)options.EvaluationInterval.TotalMilliseconds;
        _turns = [.. _shells.Values.Select(s => new RuleTurn(RuleTurn.OffsetOf(s.Id, interval), s)).OrderBy(t => t.OffsetMs)];
    }

    private async Task<RuleShell> ActivateAsync(AlertRule rule, CancellationToken cancel)
    {
        AlertRuleState state = await store.ReadRuleStateAsync(rule.Id, cancel) ?? AlertRuleState.New(rule.Id);
        AlertRule? evaluated = await EvaluatedVersion.FindAsync(store, rule, state, cancel);
        return new RuleShell(new AlertGrain(rule, state, evaluated, _settings, observer, continuity, time), new StoredRuleState(store, rule.Id), patience, channels, suppressions, meters, time);
    }
}
