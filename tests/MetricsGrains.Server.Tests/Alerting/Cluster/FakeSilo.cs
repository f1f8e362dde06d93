using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Alerting.Cluster;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Alerting.Cluster;

/// <summary>A silo of a <see cref="FakeAlertCluster"/>.</summary>
internal sealed class FakeSilo : IAlertPeers
{
    private readonly FakeAlertCluster _cluster;

    public FakeSilo(FakeAlertCluster cluster, SiloId self)
    {
        _cluster = cluster;
        Self = self;
        AlertingParts parts = cluster.Rig.Parts();
        parts = parts with { Suppressions = new Suppressions(parts.Store, parts.Time) };
        Reports = new AlertingReports(self, () => Silos, cluster.Rig.Source, parts.Suppressions, parts.Time);
        parts = parts with { Continuity = Reports };
        Members = new AlertMembers(parts, new ClusterChannels(parts.Store, this, parts.Time, NullLogger<ClusterChannels>.Instance));
        Members.Open();
    }

    public SiloId Self { get; }

    public IReadOnlyList<SiloId> Silos => _cluster.Up;

    public AlertingReports Reports { get; }

    public AlertMembers Members { get; }

    public ISuppressions Suppressions => Members.Parts.Suppressions;

    public Task<RuleMember> ActivateRuleAsync(Guid id) => Members.ActivateRuleAsync(id, _cluster.States.Open("alert", id), () => { }, CancellationToken.None);

    public Task<ChannelMember> ActivateChannelAsync(Guid id) => Members.ActivateChannelAsync(id, _cluster.States.Open("channel", id), () => { }, CancellationToken.None);

    public Task<long> TimeAsync(SiloId silo, CancellationToken cancel) => Task.FromResult(Members.Parts.Time.GetUtcNow().ToUnixTimeMilliseconds());

    public Task ReportAsync(SiloId silo, byte[] report, CancellationToken cancel)
    {
        _cluster.At(silo).Reports.Take(Self, AlertingReport.Decode(report));
        return Task.CompletedTask;
    }

    public Task<byte[]> StandingsAsync(SiloId silo, CancellationToken cancel) => Task.FromResult(AlertWire.Encode(_cluster.At(silo).Members.Standings()));

    public Task AwaitInStepAsync(SiloId silo, string metric, CancellationToken cancel) =>
        _cluster.Mute.Contains(silo) ? Task.FromException(new GrainUnavailableException("not in step")) : Task.CompletedTask;

    public async Task<byte[]> AskRuleAsync(Guid ruleId, byte[] request, CancellationToken cancel) => await (await _cluster.RuleAsync(ruleId)).AskAsync(request, cancel);

    public async Task<byte[]> AskChannelAsync(Guid channelId, byte[] request, CancellationToken cancel) => await (await _cluster.ChannelAsync(channelId)).AskAsync(request, cancel);
}
