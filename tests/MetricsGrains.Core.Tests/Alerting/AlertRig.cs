using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Testbed;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>An alert rule's grain with clocks that can be moved apart, data that is put in by hand, and what was saved last.</summary>
internal sealed class AlertRig : IAlertObserver, IIngestContinuity
{
    public const long Start = 1_776_416_400_000;

    private readonly Dictionary<TagSet, double> _groups = [];

    public AlertRig(AlertRule rule)
    {
        Rule = rule;
        Saved = AlertRuleState.New(rule.Id);
        Grain = Restore();
    }

    public AlertRule Rule { get; private set; }

    public ManualClock Time { get; } = new(Start);

    public AlertGrain Grain { get; private set; }

    public AlertRuleState Saved { get; private set; }

    public int Saves { get; private set; }

    public List<AlertEvent> Events { get; } = [];

    public IReadOnlyList<AlertNotice> Notices { get; private set; } = [];

    /// <summary>Thrown by the next readings; null: none.</summary>
    public Exception? Failure { get; set; }

    public long EvaluatedThroughMs { get; set; }

    public long UninterruptedSinceMs { get; set; } = Start - 86_400_000;

    public string Reason { get; set; } = "started";

    public AlertInstance this[string host] => Grain.State.Instances.Single(i => i.Tags.Equals(Tags(host)));

    public static TagSet Tags(string host) => host.Length == 0 ? TagSet.Empty : TagSet.Of(("host", host));

    /// <summary>What the windows show from now on, with a sample ten seconds before their end; null: nothing of the group.</summary>
    public void Data(string host, double? value)
    {
        if (value is { } v)
        {
            _groups[Tags(host)] = v;
        }
        else
        {
            _groups.Remove(Tags(host));
        }
    }

    public async Task<AlertPhase> EvaluateAsync(int minutes = 1)
    {
        for (int i = 0; i < minutes; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            Save(await Grain.EvaluateAsync(CancellationToken.None));
        }
        return Grain.State.Instances.Count == 0 ? AlertPhase.Inactive : Grain.State.Instances[0].State.Phase;
    }

    public void Save(AlertOutcome outcome)
    {
        Notices = outcome.Notices;
        Events.AddRange(outcome.Events);
        if (outcome.MustSave)
        {
            Saves++;
            Saved = AlertJson.Read<AlertRuleState>(AlertJson.Write(outcome.State));
        }
        else
        {
            Assert.Empty(outcome.Events);
        }
    }

    public void Edit(Func<AlertRule, AlertRule> edit)
    {
        Rule = edit(Rule) with { Version = Rule.Version + 1 };
        Save(Grain.Edit(Rule));
    }

    /// <summary>The process ends and another begins, with what was saved.</summary>
    /// <param name="edited">By somebody, meanwhile.</param>
    public void Restart(AlertRule? edited = null)
    {
        AlertRule before = Rule;
        Rule = edited ?? Rule;
        Grain = Restore(before);
        Save(Grain.Settle());
    }

    public Task<ObservedValues> ObserveAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel) => Failure is null
        ? Task.FromResult(new ObservedValues([.. _groups.Select(g => new ObservedGroup(g.Key, g.Value, toMs - 10_000)).OrderBy(g => g.Tags.ToString(), StringComparer.Ordinal)], "%", _groups.Count > 0))
        : Task.FromException<ObservedValues>(Failure);

    public Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel) => Task.FromResult<IReadOnlyList<double>>([1, 2, 3]);

    private AlertGrain Restore(AlertRule? evaluated = null) => new(Rule, Saved, evaluated, new AlertGrainSettings(TimeSpan.FromMinutes(1), "https://mg", EvaluatedThroughMs), this, this, Time);
}
