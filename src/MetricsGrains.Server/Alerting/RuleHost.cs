using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>All alert rules of this process.</summary>
internal sealed class RuleHost(IAlertStore store, ChannelHost channels, Suppressions suppressions, IAlertObserver observer, IIngestContinuity continuity, AlertingOptions options, AlertMeters meters, EvaluationMark mark, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, RuleShell> _shells = [];
    private readonly SemaphoreSlim _edits = new(1, 1);
    private AlertGrainSettings _settings = new(options.EvaluationInterval, options.PublicUrl);

    public ICollection<RuleShell> Shells => _shells.Values;

    /// <summary>Why the rules' states are not saved; empty when they are.</summary>
    public string StoreProblem => _shells.Values.Select(s => s.StoreProblem).FirstOrDefault(p => p.Length > 0) ?? "";

    /// <summary>Activates every rule with its last state. The channels must have been started: what they told of rules that are gone ends now.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        _settings = _settings with { EvaluatedThroughMs = mark.Read() };
        foreach (AlertRule rule in await store.ListRulesAsync(cancel))
        {
            _shells[rule.Id] = await ActivateAsync(rule, cancel);
        }
        _settings = _settings with { EvaluatedThroughMs = 0 };
        // What inhibits must be known before the first channel looks at what it holds back.
        foreach (RuleShell shell in _shells.Values)
        {
            await shell.SettleAsync(cancel);
        }
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
            AlertRule? rule = await store.FindRuleAsync(id, cancel);
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
        finally
        {
            _edits.Release();
        }
    }

    public void Dispose()
    {
        _edits.Dispose();
        foreach (RuleShell shell in _shells.Values)
        {
            shell.Dispose();
        }
    }

    private async Task<RuleShell> ActivateAsync(AlertRule rule, CancellationToken cancel)
    {
        AlertRuleState state = await store.ReadRuleStateAsync(rule.Id, cancel) ?? AlertRuleState.New(rule.Id);
        AlertRule? evaluated = state.RuleVersion == 0 || state.RuleVersion == rule.Version
            ? rule
            : (await store.ListVersionsAsync(rule.Id, cancel)).FirstOrDefault(v => v.Rule.Version == state.RuleVersion)?.Rule;
        return new RuleShell(new AlertGrain(rule, state, evaluated, _settings, observer, continuity, time), store, channels, suppressions, meters, time);
    }

    /// <summary>A rule may have been deleted just before the process died: then nobody is left to say that its alerts are over.</summary>
    private async Task EndOrphansAsync(CancellationToken cancel)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        AlertNotice[] orphans = [.. channels.Alerting.Where(n => !ChannelFailure.IsOne(n) && !_shells.ContainsKey(n.RuleId))];
        foreach (Channel channel in orphans.Length == 0 ? [] : channels.Channels)
        {
            await channels.NotifyAsync(channel.Id, [.. orphans.Select(n => n with { Status = AlertStatus.Resolved, EndedMs = now, AtMs = now, Message = "the rule was deleted" })], cancel);
        }
    }
}
