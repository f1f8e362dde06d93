using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>The alerting API. Its services come from the container: IAlertStore, IAlertGrains, IRulePreviews, IMetricQueries, the INotifiers and TimeProvider.</summary>
public static class AlertingEndpoints
{
    /// <summary>Maps everything under /api/v1 that has to do with alerts. See docs/alerting.md.</summary>
    public static void MapAlerting(this IEndpointRouteBuilder endpoints)
    {
        var routes = new AlertingRoutes(endpoints, AlertingServices.Of(endpoints.ServiceProvider));
        routes.MapRules();
        routes.MapRuleActions();
        routes.MapPreview();
        routes.MapExport();
        routes.Map("POST", RuleEndpoints.Path + "/import", RuleImport.ImportAsync);
        routes.MapChannels();
        routes.MapSilences();
        routes.MapAlerts();
        routes.MapHistory();
    }
}
