using System.Collections.Concurrent;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>Silos in one process with a directory of activations, as Orleans keeps it: one a metric, but for the moment in which a silo has died and does not know.</summary>
/// <param name="isFaulty">Calls and answers are lost and delayed.</param>
/// <param name="speed">How many times as fast as the machine's its clock runs.</param>
internal sealed class SimCluster(int seed, MetricGrainOptions options, bool isFaulty, int speed) : IAsyncDisposable
{
    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, SimMember> _directory = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeLog> _disks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _activating = new(1, 1);
    private readonly List<SimSilo> _runs = [];
    private volatile IReadOnlyList<SimSilo> _up = [];
    private int _started;

    public FastTime Time { get; } = new(speed);

    public MetricGrainOptions Options => options;

    public ClaimingStore Store { get; } = new();

    public IReadOnlyList<SimSilo> Up => _up;

    public bool Chance(int percent) => isFaulty && Next(100) < percent;

    public int Next(int limit)
    {
        lock (_random)
        {
            return _random.Next(limit);
        }
    }

    /// <param name="replayThrough">See <see cref="SimSilo.Start"/>.</param>
    public SimSilo Start(string origin, ulong replayThrough = ulong.MaxValue)
    {
        var silo = new SimSilo(this, new SiloId($"{origin}@{++_started}"), origin, _disks.GetOrAdd(origin, _ => new FakeLog()));
        _runs.Add(silo);
        _up = [.. _up, silo];
        silo.Start(replayThrough);
        return silo;
    }

    public async Task KillAsync(SimSilo silo)
    {
        await silo.KillAsync();
        _up = [.. _up.Where(s => s != silo)];
    }

    public async Task<SimMember> FindAsync(string metric)
    {
        if (_directory.TryGetValue(metric, out SimMember? member) && !member.HasEnded)
        {
            return member;
        }
        await _activating.WaitAsync();
        try
        {
            if (_directory.TryGetValue(metric, out member) && !member.HasEnded)
            {
                return member;
            }
            SiloId home = Rendezvous.HomeOf(StableHash.Of(metric), [.. _up.Select(s => s.Id)]);
            SimSilo silo = _up.Single(s => s.Id == home);
            member = new SimMember(silo, await silo.Members.ActivateAsync(metric, CancellationToken.None));
            silo.Members.Add(member);
            _directory[metric] = member;
            return member;
        }
        finally
        {
            _activating.Release();
        }
    }

    /// <summary>Ends every activation, as if all silos had died: the next call makes another, which has nothing.</summary>
    public void EndAll()
    {
        foreach (SimMember member in _directory.Values)
        {
            member.End();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimSilo silo in _up)
        {
            await silo.KillAsync();
        }
        foreach (SimSilo silo in _runs)
        {
            silo.Dispose();
        }
        _activating.Dispose();
    }
}
