using MetricsGrains.Dashboard.Live;
using Microsoft.Extensions.DependencyInjection;
using Radzen;

namespace MetricsGrains.Dashboard;

public static class DashboardServices
{
    /// <summary>Needs an <c>IMetricQueries</c>, an <see cref="INodeStatus"/> and a <see cref="TimeProvider"/> from the host.</summary>
    public static IServiceCollection AddMetricsGrainsDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.AddScoped<LiveBoard>();
        return services;
    }
}
