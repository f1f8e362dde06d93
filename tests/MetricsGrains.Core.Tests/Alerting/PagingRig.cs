using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>A rule's grain and a channel's, wired as their host does it, on one clock.</summary>
internal sealed class PagingRig
{
    public PagingRig(AlertRule rule, Channel? channel = null)
    {
        Versions.Add(new AlertRuleVersion(rule, Deleted: false));
        Rule = new AlertRig(rule);
        Channel = new ChannelRig(channel);
    }

    public AlertRig Rule { get; }

    public ChannelRig Channel { get; }

    public List<AlertRuleVersion> Versions { get; } = [];

    /// <summary>What the receiver answers.</summary>
    public Func<Notification, SendOutcome>? Receiver { get; set; }

    public long Now => Rule.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The rule's and the channel's, as the store has them.</summary>
    public IReadOnlyList<AlertEvent> Events => [.. Rule.Events, .. Channel.Events];

    /// <summary>Messages that told of something new that fires.</summary>
    public int Pages => Channel.Delivered.Count(n => n.Reason == NotificationReason.Fired);

    public int Reminders => Channel.Delivered.Count(n => n.Reason == NotificationReason.Repeated);

    /// <summary>For each minute: an evaluation at its beginning, and a channel that looks each second of it.</summary>
    public async Task RunAsync(int minutes = 1)
    {
        for (int i = 0; i < minutes; i++)
        {
            await Rule.EvaluateAsync();
            Channel.Now = Now;
            Tell();
            await Channel.RunAsync(TimeSpan.FromMinutes(1), Receiver);
        }
    }

    /// <summary>Hands over what the last call of the rule's grain said.</summary>
    public void Tell()
    {
        Channel.Now = Now;
        Channel.Notify([.. Rule.Notices]);
    }

    public void Edit(Func<AlertRule, AlertRule> edit, string by)
    {
        Rule.Edit(r => edit(r) with { UpdatedAtMs = Now, UpdatedBy = by });
        Versions.Insert(0, new AlertRuleVersion(Rule.Rule, Deleted: false));
        Tell();
    }

    public string Explain(long atMs, string? instance = null, ExplanationEvidence? evidence = null) =>
        AlertExplanation.Of(Rule.Rule, Versions, Events, instance, atMs, evidence).Summary;

    /// <summary>What is known beside the history: the rule's instances, and a value for each minute until a time.</summary>
    public ExplanationEvidence Evidence(string host, long untilMs, params double[] values) => new(
        Rule.Grain.State.Instances, IsKnown: Events.Any(e => e.Instance == AlertRig.Tags(host).ToString()),
        values.Length == 0 ? [] : [new PreviewSeries(AlertRig.Tags(host), [.. values.Select((v, i) => new PreviewPoint(untilMs - ((values.Length - 1 - i) * 60_000L), v))])]);
}
