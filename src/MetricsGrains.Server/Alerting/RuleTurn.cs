using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Alerting;

/// <summary>A rule and where in the evaluation interval its turn is.</summary>
/// <param name="OffsetMs">From the interval's beginning, ms: the same after every start.</param>
internal readonly record struct RuleTurn(long OffsetMs, RuleShell Shell)
{
    /// <summary>Spreads rules evenly over the interval.</summary>
    public static long OffsetOf(Guid ruleId, long intervalMs) => (long)(StableHash.Of(ruleId.ToByteArray()) % (ulong)intervalMs);

    /// <summary>The first turn after a time, Unix ms.</summary>
    public static long NextAfter(Guid ruleId, long intervalMs, long timeMs)
    {
        long turn = Resolution.Floor(timeMs, intervalMs) + OffsetOf(ruleId, intervalMs);
        return turn > timeMs ? turn : turn + intervalMs;
    }
}
