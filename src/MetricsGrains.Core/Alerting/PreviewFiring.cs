namespace MetricsGrains.Core.Alerting;

/// <summary>One incident that a rule would have made of a group.</summary>
/// <param name="FromMs">When it would have begun to fire, Unix ms.</param>
/// <param name="ToMs">When it would have resolved, Unix ms; the preview's end while <paramref name="Ongoing"/>.</param>
/// <param name="Peak">The value furthest into the condition; null when data was missing all the while.</param>
/// <param name="NoData">It began because data was missing.</param>
/// <param name="Ongoing">It fires still at the preview's end.</param>
public sealed record PreviewFiring(long FromMs, long ToMs, double? Peak, bool NoData, bool Ongoing);
