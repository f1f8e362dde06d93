namespace MetricsGrains.Core.Alerting;

/// <summary>What is known beside the history, for an explanation of why nobody was paged.</summary>
/// <param name="Instances">Those that the rule has now; null: not known, as of a deleted rule.</param>
/// <param name="IsKnown">Whether the history, however far back, has anything of the instance that was asked for.</param>
/// <param name="Values">What evaluations of the hour before would see in what is stored now, by the group's tags; null: not known.</param>
public sealed record ExplanationEvidence(IReadOnlyList<AlertInstance>? Instances, bool IsKnown, IReadOnlyList<PreviewSeries>? Values)
{
    /// <summary>Nothing but the history.</summary>
    public static readonly ExplanationEvidence None = new(null, IsKnown: true, null);

    /// <summary>How long before the time values are of interest.</summary>
    public static readonly TimeSpan ValuesBefore = TimeSpan.FromHours(1);

    /// <summary>Whether a group was never seen, as far as anybody can tell.</summary>
    public bool IsNeverSeen(string instance) => Instances is not null && !IsKnown && Instances.All(i => i.Tags.ToString() != instance) && (Values ?? []).All(v => v.Tags.ToString() != instance);

    /// <summary>The group's values in time order; null: not known.</summary>
    public IReadOnlyList<PreviewPoint>? ValuesOf(string? instance) => Values is null ? null : Values.FirstOrDefault(v => v.Tags.ToString() == (instance ?? ""))?.Points ?? [];
}
