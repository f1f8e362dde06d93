using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Where all rules stand, for every page that is open: however many look, the grains are asked once in <see cref="MaxAge"/>. Thread-safe.</summary>
/// <param name="grains">Null: this node does no alerting (it may only read), so there is nothing to show.</param>
public sealed class AlertStandings(TimeProvider time, IAlertGrains? grains = null)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    public bool IsAvailable => grains is not null;

    private readonly Lock _lock = new();
    private Task<AlertSnapshot>? _reading;
    private long _startedAt;

    /// <summary>What was read within <see cref="MaxAge"/>, or is being read now.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public Task<AlertSnapshot> ReadAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_reading is null || (_reading.IsCompleted && (!_reading.IsCompletedSuccessfully || time.GetElapsedTime(_startedAt) >= MaxAge)))
            {
                _startedAt = time.GetTimestamp();
                // One viewer's leaving must not end what others wait for.
                _reading = ReadAllAsync();
            }
            return _reading.WaitAsync(cancel);
        }
    }

    /// <summary>Something was done that the next reader must see: what was read before it is old.</summary>
    public void Expire()
    {
        lock (_lock)
        {
            _reading = null;
        }
    }

    private async Task<AlertSnapshot> ReadAllAsync() =>
        grains is null ? AlertSnapshot.Empty : new(await grains.ListRulesAsync(CancellationToken.None), time.GetUtcNow().ToUnixTimeMilliseconds());
}
