using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api;

/// <summary>Turns the errors a query may end with into answers.</summary>
internal static class ApiErrors
{
    public static async Task<IResult> GuardAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (QueryException error)
        {
            return Results.Json(new { status = "error", error = $"{error.Parameter}: {error.Message}", parameter = error.Parameter }, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (UnknownMetricException error)
        {
            return Results.Json(new { status = "error", error = error.Message, metric = error.Metric }, statusCode: StatusCodes.Status404NotFound);
        }
        catch (StoreUnavailableException error)
        {
            return Results.Json(new { status = "error", error = $"the store does not answer: {error.Message}" }, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
