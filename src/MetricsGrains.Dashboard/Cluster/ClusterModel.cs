using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Cluster;

/// <summary>The cluster page's content.</summary>
public sealed class ClusterModel(ClusterWatch watch)
{
    public const int MostHot = 20;

    private ClusterSnapshot? _shown;

    public ClusterSnapshot? Snapshot => _shown;

    public int Up => _shown?.Silos.Count(s => s.Status == SiloState.Up) ?? 0;

    /// <summary>Silos that should answer and do not.</summary>
    public IReadOnlyList<string> Silent => [.. (_shown?.Silos ?? []).Where(s => s is { Status: SiloState.Up, Report: null }).Select(s => s.Silo)];

    /// <summary>Silos whose clock differs from most others', and by how much.</summary>
    public IReadOnlyList<(string Silo, TimeSpan Off)> ClocksOff =>
        [.. (_shown?.Silos ?? []).Where(s => s.ClockOffMs is { } off && ClockSkew.IsOff(off)).Select(s => (s.Report?.Node ?? s.Silo, TimeSpan.FromMilliseconds(s.ClockOffMs!.Value)))];

    /// <summary>Every log that is sent to the grains, with the silo that sends it; the one that lags most first.</summary>
    public IReadOnlyList<(string Node, OriginLag Lag)> Logs =>
        [.. (_shown?.Silos ?? []).SelectMany(s => (s.Report?.Origins ?? []).Select(o => (s.Report!.Node, o))).OrderByDescending(l => l.o.Logged - l.o.Applied).ThenBy(l => l.Node, StringComparer.Ordinal)];

    /// <summary>Whether copies of logs are wanted.</summary>
    public bool HasCopies => _shown?.Silos.Any(s => s.Report?.Origins.Any(o => o.Copy is not null) == true) == true;

    /// <summary>The name by which people know a silo; its address where it does not say.</summary>
    public string NameOf(string silo) => _shown?.Silos.FirstOrDefault(s => s.Silo == silo)?.Report?.Node ?? silo;

    /// <summary>The busiest metrics of all silos, with the silo that each lives in.</summary>
    public IReadOnlyList<(string Node, HotMetric Metric)> Hot =>
        [.. (_shown?.Silos ?? []).SelectMany(s => (s.Report?.Hot ?? []).Select(m => (s.Report!.Node, m))).OrderByDescending(m => m.m.SamplesPerSecond).Take(MostHot)];

    /// <returns>Whether there is something new.</returns>
    public async Task<bool> UpdateAsync(CancellationToken cancel)
    {
        ClusterSnapshot read = await watch.ReadAsync(cancel);
        bool isNew = !ReferenceEquals(read, _shown);
        _shown = read;
        return isNew;
    }
}
