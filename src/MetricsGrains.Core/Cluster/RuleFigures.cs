namespace MetricsGrains.Core.Cluster;

/// <summary>How a silo keeps up with the reminders of its rules.</summary>
/// <param name="Rules">Enabled ones that are evaluated there.</param>
/// <param name="Due">Those whose turn has come and who were not woken yet.</param>
/// <param name="Late">Those of them that wait for longer than a quarter of the interval.</param>
/// <param name="LatestMs">For how long the last of them has been waiting, ms.</param>
public sealed record RuleFigures(int Rules, int Due, int Late, long LatestMs)
{
    public static readonly RuleFigures None = new(0, 0, 0, 0);
}
