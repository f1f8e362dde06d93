using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Alerting;

/// <summary>The answer to "why wasn't I paged?": what a rule did about one instance at a time, in plain words.</summary>
/// <param name="Summary">One sentence that answers.</param>
/// <param name="Steps">How it came to that, in time order.</param>
public sealed record AlertExplanation(string Summary, IReadOnlyList<ExplanationStep> Steps)
{
    /// <summary>How far before the time events are read. A state that began earlier is known from the change that ended it, if there was one.</summary>
    public static readonly TimeSpan Before = TimeSpan.FromDays(7);

    /// <summary>How far after the time: what was told late, and what became of it.</summary>
    public static readonly TimeSpan After = TimeSpan.FromHours(6);

    /// <summary>Steps in an answer: beyond them the earliest are left out.</summary>
    public const int MaxSteps = 200;

    /// <summary>Answers from the history.</summary>
    /// <param name="rule">As it is now; null: there is none, or it was deleted.</param>
    /// <param name="versions">Newest first, those of a deleted rule too.</param>
    /// <param name="events">The rule's, from <see cref="Before"/> to <see cref="After"/>, in any order.</param>
    /// <param name="instance">The group's tags as <c>TagSet.ToString</c> writes them, in any order; null: whichever was worst off.</param>
    /// <param name="atMs">Unix ms.</param>
    /// <param name="evidence">Null: none.</param>
    public static AlertExplanation Of(AlertRule? rule, IReadOnlyList<AlertRuleVersion> versions, IReadOnlyList<AlertEvent> events, string? instance, long atMs, ExplanationEvidence? evidence = null)
    {
        evidence ??= ExplanationEvidence.None;
        var inForce = ExplainedRule.At(rule, versions, atMs);
        AlertEvent[] ordered = [.. events.OrderBy(e => e.AtMs).ThenBy(e => e.Id)];
        // A rule that does not group has one instance, which has no tags.
        instance = string.IsNullOrEmpty(instance) || inForce.Rule is { GroupBy.Count: 0 } ? null : InstanceName.Known(instance, [.. (evidence.Instances ?? []).Select(i => i.Tags.ToString()), .. ordered.Select(e => e.Instance).OfType<string>()]);
        string? about = instance ?? ExplainedInstance.WorstOf(ordered, atMs);
        AlertEvent[] relevant = [.. ordered.Where(e => about is null || e.Instance is null || e.Instance == about)];
        string summary = inForce.WhyNot ?? ExplainedInstance.Of(inForce.Rule!, relevant, about, atMs, evidence).Summary();
        IEnumerable<ExplanationStep> steps = inForce.Steps.Concat(relevant.Where(e => e.AtMs <= atMs + (long)After.TotalMilliseconds).Select(e => new ExplanationStep(e.AtMs, ExplainedEvent.Sentence(e))));
        return new AlertExplanation(summary + inForce.Since, [.. steps.OrderBy(s => s.AtMs).TakeLast(MaxSteps)]);
    }
}
