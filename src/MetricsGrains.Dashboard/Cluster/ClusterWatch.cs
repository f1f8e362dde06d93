using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Cluster;

/// <summary>The cluster's state, for every page that is open: however many look, the silos are asked once in <see cref="MaxAge"/>. Thread-safe.</summary>
/// <param name="view">Null: this node is no silo, so there is nothing to show.</param>
public sealed class ClusterWatch(TimeProvider time, IClusterView? view = null)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<ClusterSnapshot>? _reading;
    private long _startedAt;

    public bool IsAvailable => view is not null;

    /// <summary>See <see cref="IClusterView.AdminPages"/>.</summary>
    public string? AdminPages => view?.AdminPages;

    /// <summary>What was read within <see cref="MaxAge"/>, or is being read now.</summary>
    public Task<ClusterSnapshot> ReadAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_reading is null || (_reading.IsCompleted && (!_reading.IsCompletedSuccessfully || time.GetElapsedTime(_startedAt) >= MaxAge)))
            {
                _startedAt = time.GetTimestamp();
                // One viewer's leaving must not end what others wait for.
                _reading = view!.LookAsync(CancellationToken.None);
            }
            return _reading.WaitAsync(cancel);
        }
    }
}
