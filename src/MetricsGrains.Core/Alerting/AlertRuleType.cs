namespace MetricsGrains.Core.Alerting;

/// <summary>What a rule watches for. Stored and sent by name ("threshold", "dead_man").</summary>
public enum AlertRuleType : byte
{
    /// <summary>A statistic of the window that a condition holds of.</summary>
    Threshold = 1,

    /// <summary>A metric, or one group of it that was there before, that stops arriving for the window.</summary>
    DeadMan = 2,
}
