namespace MetricsGrains.Core.Alerting;

/// <param name="AtMs">Unix ms.</param>
/// <param name="Text">One sentence, without the time.</param>
public sealed record ExplanationStep(long AtMs, string Text);
