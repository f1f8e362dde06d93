using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>How many alerts fire, as this circuit last saw it: for the badge and the title of every page. Used on the circuit's dispatcher only.</summary>
public sealed class FiringCount(AlertStandings standings)
{
    private const long EveryMs = 3_000;

    private long _readAt = long.MinValue / 2;

    public int Value { get; private set; }

    public AlertSeverity? Worst { get; private set; }

    public event Action? Changed;

    /// <summary>"(3) " before a title; empty when nothing fires.</summary>
    public string TitlePrefix => Value == 0 ? "" : FormattableString.Invariant($"({Value}) ");

    /// <summary>Reads when it is time to.</summary>
    public async Task UpdateAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs - _readAt >= EveryMs)
        {
            _readAt = nowMs;
            Take(await standings.ReadAsync(cancel));
        }
    }

    /// <summary>A page has read a newer snapshot.</summary>
    public void Take(AlertSnapshot snapshot)
    {
        if (snapshot.FiringCount != Value || snapshot.Worst != Worst)
        {
            (Value, Worst) = (snapshot.FiringCount, snapshot.Worst);
            Changed?.Invoke();
        }
    }
}
