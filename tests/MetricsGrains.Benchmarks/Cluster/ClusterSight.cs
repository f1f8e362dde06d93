using System.Text.Json;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>What GET /api/v1/cluster says.</summary>
/// <param name="Silos">Those that are up and answer, by their node's name.</param>
internal sealed record ClusterSight(IReadOnlyDictionary<string, SiloSight> Silos)
{
    /// <summary>Metrics in the memory of any silo.</summary>
    public int Metrics => Silos.Values.Sum(s => s.Metrics);

    /// <summary>Metrics whose grain lacks something that a log has, each counted once a log.</summary>
    public int Behind => Silos.Values.Sum(s => s.Behind);

    public static async Task<ClusterSight> LookAsync(NodeUnderLoad node)
    {
        using JsonDocument seen = JsonDocument.Parse(await node.Http.GetStringAsync("/api/v1/cluster"));
        return new ClusterSight(seen.RootElement.GetProperty("silos").EnumerateArray()
            .Where(s => s.GetProperty("status").GetString() == "up" && s.GetProperty("answers").GetBoolean())
            .ToDictionary(s => s.GetProperty("node").GetString()!, SiloSight.Of));
    }
}
