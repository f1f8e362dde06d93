namespace MetricsGrains.Silo.Tests;

/// <summary>Where a silo runs.</summary>
/// <param name="Address">At which it listens and the others reach it.</param>
/// <param name="Prefix">The command that runs its command; empty: none.</param>
internal sealed record SiloSeat(string Address, string[] Prefix)
{
    public static SiloSeat Here { get; } = new("127.0.0.1", []);
}
