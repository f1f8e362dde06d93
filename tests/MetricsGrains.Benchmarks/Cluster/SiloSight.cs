using System.Globalization;
using System.Text.Json;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>One silo in <see cref="ClusterSight"/>.</summary>
/// <param name="Id">"address:port@run".</param>
/// <param name="Metrics">That live in it.</param>
/// <param name="Behind">Metrics whose grain, anywhere, lacks something of this silo's log.</param>
internal sealed record SiloSight(string Id, int Metrics, int Behind)
{
    /// <summary>Where the others reach it.</summary>
    public int Port => int.Parse(Id[(Id.LastIndexOf(':') + 1)..Id.LastIndexOf('@')], CultureInfo.InvariantCulture);

    public static SiloSight Of(JsonElement silo) => new(
        silo.GetProperty("silo").GetString()!, silo.GetProperty("metrics").GetInt32(), silo.GetProperty("logs").EnumerateArray().Sum(l => l.GetProperty("metrics_behind").GetInt32()));
}
