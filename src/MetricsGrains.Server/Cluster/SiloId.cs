namespace MetricsGrains.Server.Cluster;

/// <summary>A silo of the cluster, and this run of it: one that was restarted is another.</summary>
/// <param name="Value">"place@run".</param>
public readonly record struct SiloId(string Value)
{
    /// <summary>The same after a restart.</summary>
    public ReadOnlySpan<char> Place => Value.AsSpan(0, Math.Max(0, Value.LastIndexOf('@')));

    public override string ToString() => Value;
}
