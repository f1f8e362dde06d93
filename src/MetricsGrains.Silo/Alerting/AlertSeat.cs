using MetricsGrains.Server.Alerting.Cluster;

namespace MetricsGrains.Silo.Alerting;

/// <summary>Where the shells of this silo find what they wrap. The silo runs before alerting does: its log is replayed first.</summary>
internal sealed class AlertSeat
{
    /// <summary>Placement prefers silos whose alerting runs, so this is a matter of a moment.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<ClusterEvaluation> _alerting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null: alerting has not begun.</summary>
    public ClusterEvaluation? Alerting => _alerting.Task.IsCompletedSuccessfully ? _alerting.Task.Result : null;

    public void Begin(ClusterEvaluation alerting) => _alerting.TrySetResult(alerting);

    /// <exception cref="TimeoutException">Alerting has not begun; try again.</exception>
    public async Task<AlertMembers> MembersAsync(CancellationToken cancel) => (await _alerting.Task.WaitAsync(s_patience, cancel)).Members;
}
