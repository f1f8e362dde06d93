using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>Which silo keeps the copy of a log: the same one as long as it is up and takes it, for a change costs copying everything that is not in the store.</summary>
internal sealed class CopyFollower(string origin, IClusterPeers peers, SiloId self, CopyTimings timings, TimeProvider time)
{
    private const int TooMany = 3;

    private readonly Dictionary<SiloId, long> _avoided = [];
    private SiloId? _current;
    private int _failures;

    /// <summary>The others that are up.</summary>
    public IReadOnlyList<SiloId> Others => [.. peers.Silos.Where(s => s != self)];

    /// <returns>Null: no other silo is up.</returns>
    public SiloId? Choose()
    {
        IReadOnlyList<SiloId> others = Others;
        if (others.Count == 0)
        {
            return null;
        }
        if (_current is { } current && others.Contains(current) && !IsAvoided(current))
        {
            return current;
        }
        SiloId[] able = [.. others.Where(s => !IsAvoided(s))];
        _failures = 0;
        _current = Rendezvous.HomeOf(StableHash.Of(origin), able.Length > 0 ? able : others);
        return _current;
    }

    public void Succeeded() => _failures = 0;

    public void Failed(SiloId silo)
    {
        if (++_failures >= TooMany)
        {
            _avoided[silo] = time.GetTimestamp();
        }
    }

    private bool IsAvoided(SiloId silo) => _avoided.TryGetValue(silo, out long since) && time.GetElapsedTime(since) < timings.Avoid;
}
