using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Core.Ports;

/// <summary>The cluster as people see it.</summary>
public interface IClusterView
{
    /// <summary>Where this silo's program has the host's own pages for administrators, from the root: "/orleans/"; null: nowhere.</summary>
    string? AdminPages { get; }

    /// <summary>Asks all silos. One that does not answer within seconds is there without its report.</summary>
    Task<ClusterSnapshot> LookAsync(CancellationToken cancel);
}

/// <param name="ClusterId">What its silos have in common.</param>
/// <param name="Self">The silo that was asked.</param>
/// <param name="Silos">Those that are up, come or leave, by their names.</param>
public sealed record ClusterSnapshot(string ClusterId, string Self, IReadOnlyList<SiloStanding> Silos);

/// <param name="Silo">"address@run".</param>
/// <param name="Report">Null: it does not answer, or is not up.</param>
/// <param name="ClockOffMs">How far its clock is ahead of the median of all that answer, ms; null: it does not say.</param>
public sealed record SiloStanding(string Silo, SiloState Status, SiloReport? Report, double? ClockOffMs);

public enum SiloState : byte
{
    Up = 1,
    Joining = 2,
    Leaving = 3,
}
