using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>What a rule would have made of one group.</summary>
/// <param name="Points">In time order; minutes without data are left out. Empty when there were too many groups to keep them all.</param>
/// <param name="Firings">In time order.</param>
/// <param name="Pages">Messages that would have told a channel that this group began to fire.</param>
public sealed record PreviewGroup(TagSet Tags, IReadOnlyList<PreviewPoint> Points, IReadOnlyList<PreviewFiring> Firings, int Pages);
