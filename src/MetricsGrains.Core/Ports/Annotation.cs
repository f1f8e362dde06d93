using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Ports;

/// <summary>Something that happened, to be shown beside the numbers: a deployment, an alert, a check that had something to say.</summary>
/// <param name="Id">Given once, by whoever takes it in: so it may be written again when it is unknown whether it was.</param>
/// <param name="UnixMs">When it happened.</param>
/// <param name="Text">May have several lines.</param>
/// <param name="Level">"info", "success", "warning" or "error".</param>
/// <param name="Source">What kind of thing reported it; empty when unknown, like <paramref name="Host"/> and <paramref name="AggregationKey"/>.</param>
/// <param name="AggregationKey">Those with the same key belong together.</param>
public sealed record Annotation(Guid Id, long UnixMs, string Title, string Text, string Level, string Host, string Source, string AggregationKey, TagSet Tags);
