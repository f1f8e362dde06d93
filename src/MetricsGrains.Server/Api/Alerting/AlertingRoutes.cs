using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Where the alerting API's handlers are put.</summary>
internal sealed class AlertingRoutes(IEndpointRouteBuilder endpoints, AlertingServices services)
{
    public void Map(string method, string path, Func<AlertRequest, Task<IResult>> answer) =>
        endpoints.MapAnswer(method, path, context => answer(new AlertRequest(context, services)));
}
