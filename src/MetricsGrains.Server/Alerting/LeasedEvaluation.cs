using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>Of the nodes that share an alert store, one evaluates.</summary>
internal sealed class LeasedEvaluation : IAlertEvaluation
{
    private readonly DutyRota _rota;

    public LeasedEvaluation(IEvaluationLease lease, AlertingParts parts)
    {
        _rota = new DutyRota(lease, parts);
        Grains = new AlertHost(() => _rota.Duty, parts.Store);
    }

    public IAlertGrains Grains { get; }

    public string? StandBy => _rota.StandBy;

    public long? LastSoundMs => _rota.Duty?.Scheduler.LastSoundMs;

    public IReadOnlyList<RuleShell> Rules => _rota.Duty is { } duty ? [.. duty.Rules.Shells] : [];

    public IReadOnlyList<ChannelShell> Channels => _rota.Duty?.Channels.Shells ?? [];

    public IReadOnlyList<string> FailingChannels => _rota.Duty is { } duty ? [.. duty.Channels.Failing.Select(c => c.Name)] : [];

    public Task StartAsync(CancellationToken cancel) => _rota.StartAsync(cancel);

    public Task RunAsync(CancellationToken stop) => _rota.RunAsync(stop);

    public ValueTask DisposeAsync() => _rota.DisposeAsync();
}
