using MetricsGrains.Dashboard.Live;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Radzen;

namespace MetricsGrains.Dashboard;

public static class DashboardServices
{
    /// <summary>Needs an <c>IMetricQueries</c> and an <see cref="INodeStatus"/> from the host; takes its <see cref="TimeProvider"/> if there is one.</summary>
    public static IServiceCollection AddMetricsGrainsDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.TryAddSingleton(TimeProvider.System);
        services.AddScoped<LiveBoard>();
        return services;
    }
}
