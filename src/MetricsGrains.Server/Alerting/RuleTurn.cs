namespace MetricsGrains.Server.Alerting;

/// <summary>A rule and where in the evaluation interval its turn is.</summary>
/// <param name="OffsetMs">From the interval's beginning, ms: the same after every start.</param>
internal readonly record struct RuleTurn(long OffsetMs, RuleShell Shell);
