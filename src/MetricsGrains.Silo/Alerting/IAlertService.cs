using Orleans.Concurrency;
using Orleans.Services;

namespace MetricsGrains.Silo.Alerting;

/// <summary>What one silo tells or asks another about alerting: one runs in each.</summary>
[Alias("metricsgrains.alert-silo")]
internal interface IAlertService : IGrainService
{
    /// <param name="report">Server's AlertingReport.</param>
    [Alias("report")]
    Task ReportAsync(string silo, Immutable<byte[]> report);

    /// <returns>Where the rules there stand, as Server's AlertWire writes a list of them.</returns>
    [Alias("standings")]
    Task<Immutable<byte[]>> StandingsAsync();

    /// <summary>Ends when a metric's grain has all that this silo's log has of it.</summary>
    [Alias("in-step"), ResponseTimeout("00:00:20")]
    Task AwaitInStepAsync(string metric);
}
