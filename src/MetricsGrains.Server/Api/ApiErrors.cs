using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api;

/// <summary>Turns the errors a query may end with into answers.</summary>
internal static class ApiErrors
{
    /// <summary>Maps a GET whose answer may end with one of those errors.</summary>
    public static void MapAnswer(this IEndpointRouteBuilder endpoints, string path, Func<HttpContext, Task<IResult>> answer) =>
        endpoints.MapGet(path, context => RespondAsync(context, answer));

    /// <summary>As the other, for any method.</summary>
    public static void MapAnswer(this IEndpointRouteBuilder endpoints, string method, string path, Func<HttpContext, Task<IResult>> answer) =>
        endpoints.MapMethods(path, [method], context => RespondAsync(context, answer));

    private static async Task RespondAsync(HttpContext context, Func<HttpContext, Task<IResult>> answer)
    {
        IResult result = await GuardAsync(() => answer(context));
        await result.ExecuteAsync(context);
    }

    private static async Task<IResult> GuardAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (QueryException error)
        {
            return Results.Json(new { status = "error", error = $"{error.Parameter}: {error.Message}", parameter = error.Parameter }, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (ApiProblemException error)
        {
            return new ProblemAnswer(error);
        }
        catch (BadHttpRequestException error)
        {
            return Results.Json(new { status = "error", error = error.Message }, statusCode: error.StatusCode);
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

    /// <summary>One problem is named as parameters are; several are listed too.</summary>
    private sealed class ProblemAnswer(ApiProblemException error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var body = new Dictionary<string, object> { ["status"] = "error", ["error"] = error.Message };
            if (error.Problems.Count > 0)
            {
                body["parameter"] = error.Problems[0].Field;
                body["problems"] = error.Problems.Select(p => new { field = p.Field, message = p.Message });
            }
            if (error.CurrentVersion is { } version)
            {
                httpContext.Response.Headers.ETag = Alerting.EditPrecondition.TagOf(version);
                body["version"] = version;
            }
            return Results.Json(body, statusCode: error.Status).ExecuteAsync(httpContext);
        }
    }
}
