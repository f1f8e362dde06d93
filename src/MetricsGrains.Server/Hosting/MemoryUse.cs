using MetricsGrains.Core.Grains;

namespace MetricsGrains.Server.Hosting;

/// <summary>What the grains of a host hold.</summary>
public readonly record struct MemoryUse(long Metrics, long Series, long Bytes)
{
    public static MemoryUse operator +(MemoryUse a, MemoryUse b) => new(a.Metrics + b.Metrics, a.Series + b.Series, a.Bytes + b.Bytes);

    public static MemoryUse Of(MetricGrain grain) => new(1, grain.SeriesCount, grain.MemoryBytes);
}
