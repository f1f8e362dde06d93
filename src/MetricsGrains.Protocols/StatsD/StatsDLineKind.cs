namespace MetricsGrains.Protocols.StatsD;

/// <summary>What a line is, by its first bytes.</summary>
public enum StatsDLineKind : byte
{
    /// <summary>Everything that is not one of the others. For <see cref="StatsDParser"/>.</summary>
    Metric,

    /// <summary>Starts with <c>_e{</c>. For <see cref="StatsDEventParser"/>.</summary>
    Event,

    /// <summary>Starts with <c>_sc|</c>. For <see cref="StatsDServiceCheckParser"/>.</summary>
    ServiceCheck,
}
