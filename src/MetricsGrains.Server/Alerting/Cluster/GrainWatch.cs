using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// Sees to it that every rule and channel that belongs here is active, has its reminder and goes by its newest version, whatever calls got lost; and that
/// what belongs elsewhere goes there. Looks now and then, and soon after a silo came or went.
/// </summary>
internal sealed partial class GrainWatch(AlertMembers members, AlertingReports reports, IAlertPeers peers, TimeProvider time, ILogger<GrainWatch> logger)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(30);

    /// <summary>While silos come and go, and their reports are on their way, not everybody agrees on what belongs where.</summary>
    private static readonly TimeSpan s_often = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_unsettled = TimeSpan.FromSeconds(30);

    /// <summary>Activations at a time: each reads the store a few times.</summary>
    private const int AtOnce = 4;

    /// <summary>Grains that move to another silo at a look, so that most of them answer at any moment.</summary>
    private const int MovesAtOnce = 500;

    private long _lookedAt = time.GetTimestamp();
    private int _changes = reports.Changes;
    private IReadOnlyList<SiloId> _ready = [];

    /// <summary>The rules that the store had at the last look.</summary>
    public IReadOnlyCollection<Guid> Known { get; private set; } = [];

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                TimeSpan every = reports.SinceChange < s_unsettled ? s_often : s_every;
                if (_changes != reports.Changes || !_ready.SequenceEqual(reports.Ready) || time.GetElapsedTime(_lookedAt) >= every)
                {
                    await LookAsync(stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Looks once. What fails is tried again at the next look.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        _lookedAt = time.GetTimestamp();
        _changes = reports.Changes;
        _ready = reports.Ready;
        try
        {
            IAlertStore store = members.Parts.Store;
            await members.Channels.RefreshAsync(stop);
            Dictionary<Guid, int> channels = members.Channels.Channels.ToDictionary(c => c.Id, c => c.Version);
            Dictionary<Guid, int> rules = (await store.ListRulesAsync(stop)).ToDictionary(r => r.Id, r => r.Version);
            Known = rules.Keys;
            // Channels first: rules tell them at once.
            await EnsureAsync(channels, id => members.FindChannel(id)?.Shell?.Channel.Version, members.ChannelsHere.Select(c => c.Id), EnsureChannelAsync, stop);
            await EnsureAsync(rules, id => members.FindRule(id)?.Shell?.Rule.Version, members.Rules.Select(r => r.Id), EnsureRuleAsync, stop);
            MoveAway();
        }
        catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
        {
            // What lives here goes on. That the store does not answer is said by those who write to it.
        }
    }

    /// <param name="stored">Versions of what the store has.</param>
    /// <param name="here">The version that lives here; null: none does.</param>
    private async Task EnsureAsync(Dictionary<Guid, int> stored, Func<Guid, int?> here, IEnumerable<Guid> live, Func<Guid, int, CancellationToken, Task> ensure, CancellationToken stop)
    {
        IReadOnlyList<SiloId> ready = _ready;
        (Guid Id, int Version)[] wanting =
        [
            .. stored.Where(s => here(s.Key) is { } version ? version != s.Value : ready.Count > 0 && HomeOf(s.Key, ready) == peers.Self).Select(s => (s.Key, s.Value)),
            .. live.Where(id => !stored.ContainsKey(id)).Select(id => (id, 0)),
        ];
        await Parallel.ForEachAsync(wanting, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (one, cancel) =>
        {
            try
            {
                await ensure(one.Id, one.Version, cancel);
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                LogNotActive(logger, one.Id, error.Message);
            }
        });
    }

    private async Task EnsureRuleAsync(Guid id, int version, CancellationToken cancel) =>
        await peers.AskRuleAsync(id, AlertWire.Encode(new RuleRequest(RuleCall.Ensure, version)), cancel).WaitAsync(cancel);

    private async Task EnsureChannelAsync(Guid id, int version, CancellationToken cancel) =>
        await peers.AskChannelAsync(id, AlertWire.Encode(new ChannelRequest(ChannelCall.Ensure, version)), cancel).WaitAsync(cancel);

    private void MoveAway()
    {
        IReadOnlyList<SiloId> ready = _ready;
        if (reports.SinceChange < s_unsettled || !ready.Contains(peers.Self))
        {
            return;
        }
        foreach (ChannelMember channel in members.ChannelsHere.Where(c => HomeOf(c.Id, ready) != peers.Self).Take(MovesAtOnce))
        {
            channel.End();
        }
        foreach (RuleMember rule in members.Rules.Where(r => HomeOf(r.Id, ready) != peers.Self).Take(MovesAtOnce))
        {
            rule.End();
        }
    }

    /// <summary>As the cluster's placement computes it, from the key as it stands in the grain's id.</summary>
    private static SiloId HomeOf(Guid id, IReadOnlyList<SiloId> ready) => Rendezvous.HomeOf(StableHash.Of(id.ToString("N")), ready);

    [LoggerMessage(Level = LogLevel.Information, Message = "The rule or channel {Id} could not be activated: {Reason}. It is tried again within seconds.")]
    private static partial void LogNotActive(ILogger logger, Guid id, string reason);
}
