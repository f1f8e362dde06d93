using System.Collections.Concurrent;
using MetricsGrains.Server.Alerting.Cluster;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Alerting.Cluster;

/// <summary>Silos in one process, over one store, one clock and the same receivers. A grain lives where the test puts it.</summary>
internal sealed class FakeAlertCluster(AlertingRig rig)
{
    private readonly ConcurrentDictionary<string, FakeSilo> _silos = [];
    private IReadOnlyList<SiloId> _up = [];

    public FakeStates States { get; } = new();

    /// <summary>Where the next activation goes.</summary>
    public FakeSilo Home { get; set; } = null!;

    public IReadOnlyList<SiloId> Up => _up;

    public AlertingRig Rig => rig;

    /// <summary>Silos that don't answer when asked about their log.</summary>
    public HashSet<SiloId> Mute { get; } = [];

    public FakeSilo Start(string name)
    {
        var id = new SiloId($"{name}@1");
        _up = [.. _up, id];
        var silo = new FakeSilo(this, id);
        _silos[id.Value] = silo;
        Home ??= silo;
        return silo;
    }

    /// <summary>The process is gone; what it did not save too.</summary>
    public void Kill(FakeSilo silo)
    {
        _up = [.. _up.Where(s => s != silo.Self)];
        _silos.TryRemove(silo.Self.Value, out _);
    }

    public FakeSilo At(SiloId silo) => _silos.GetValueOrDefault(silo.Value) ?? throw new InvalidOperationException($"{silo} is not up");

    public async Task<RuleMember> RuleAsync(Guid id) => _silos.Values.Select(s => s.Members.FindRule(id)).FirstOrDefault(r => r is not null) ?? await Home.ActivateRuleAsync(id);

    public async Task<ChannelMember> ChannelAsync(Guid id) => _silos.Values.Select(s => s.Members.FindChannel(id)).FirstOrDefault(c => c is not null) ?? await Home.ActivateChannelAsync(id);

    /// <summary>Everything that is due in the channels is done.</summary>
    public async Task DeliverAsync()
    {
        for (int second = 0; second < 3; second++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (ChannelMember channel in _silos.Values.SelectMany(s => s.Members.ChannelsHere))
            {
                await channel.Shell!.RunAsync(CancellationToken.None);
            }
        }
    }
}
