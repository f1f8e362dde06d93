using MetricsGrains.Dashboard.Assets;
using MetricsGrains.Dashboard.Components;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Dashboard;

public static class DashboardEndpoints
{
    /// <summary>Maps the pages (/, /explore), their assets (/_dashboard) and Blazor's circuit (/_blazor). No middleware is needed.</summary>
    public static void MapMetricsGrainsDashboard(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(AssetCatalog.Root + "/{version}/{**path}", [HttpMethods.Get, HttpMethods.Head], AssetEndpoint.ServeAsync)
            .DisableHttpMetrics();
        // No page posts a form. A circuit lasts as long as its page is open: as a "request" it would drown the latencies that matter.
        endpoints.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode()
            .DisableAntiforgery()
            .DisableHttpMetrics();
    }
}
