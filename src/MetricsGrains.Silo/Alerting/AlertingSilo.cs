using MetricsGrains.Server.Alerting;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;

namespace MetricsGrains.Silo.Alerting;

/// <summary>What a silo needs for alerting as grains.</summary>
internal static class AlertingSilo
{
    /// <summary>A reminder that was registered while the silos changed may have been left with nobody; Orleans would look for such ones every five minutes.</summary>
    private static readonly TimeSpan s_refresh = TimeSpan.FromMinutes(1);

    public static void AddAlerting(this ISiloBuilder silo, AlertingOptions options)
    {
        silo.Services.AddSingleton<AlertSeat>();
        silo.Services.AddSingleton<AlertServices>();
        silo.Services.AddSingleton<OrleansAlertPeers>();
        silo.AddPlacementDirector<AlertPlacement, AlertDirector>();
        silo.AddGrainService<AlertService>();
        silo.Services.Configure<AdoNetGrainStorageOptions>(Orleans.Providers.ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, o =>
        {
            o.GrainStorageSerializer = new StateBytesSerializer();
            // A rule that is gone leaves no row.
            o.DeleteStateOnClear = true;
        });
        silo.Configure<ReminderOptions>(o =>
        {
            o.MinimumReminderPeriod = options.EvaluationInterval < o.MinimumReminderPeriod ? options.EvaluationInterval : o.MinimumReminderPeriod;
            o.RefreshReminderListPeriod = s_refresh;
        });
    }
}
