using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Dashboard.Cluster;
using MetricsGrains.Dashboard.Live;
using Microsoft.Extensions.DependencyInjection;
using Radzen;

namespace MetricsGrains.Dashboard;

public static class DashboardServices
{
    /// <summary>
    /// Needs from the host an <c>IMetricQueries</c>, an <see cref="INodeStatus"/> and a <see cref="TimeProvider"/>. A node that does alerting gives an
    /// <see cref="IAlertStore"/>, an <see cref="IAlertGrains"/>, an <c>IRulePreviews</c> and its <see cref="INotifier"/>s too; without them the dashboard has no pages about alerts.
    /// A silo gives an <see cref="IClusterView"/>.
    /// </summary>
    public static IServiceCollection AddMetricsGrainsDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.AddSingleton<AlertStandings>();
        services.AddSingleton<ClusterWatch>();
        services.AddScoped<LiveBoard>();
        services.AddScoped<FiringCount>();
        // Made only by the pages that edit: a node without alerting has nothing to make it of.
        services.AddScoped(s => new RuleRegistry(s.GetRequiredService<IAlertStore>(), s.GetRequiredService<IAlertGrains>(), s.GetRequiredService<AlertStandings>(), s.GetRequiredService<TimeProvider>()));
        services.AddScoped<Visitor>();
        return services;
    }
}
