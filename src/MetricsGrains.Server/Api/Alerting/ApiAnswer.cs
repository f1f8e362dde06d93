using MetricsGrains.Core.Alerting;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Answers in the shape of the other endpoints: status, data, and what else there is to say.</summary>
internal static class ApiAnswer
{
    public static IResult Of(object? data, IReadOnlyList<FieldProblem>? warnings = null, int status = StatusCodes.Status200OK)
    {
        var body = new Dictionary<string, object?> { ["status"] = "success", ["data"] = data };
        if (warnings is { Count: > 0 })
        {
            body["warnings"] = warnings.Select(w => new { field = w.Field, message = w.Message });
        }
        return Results.Json(body, statusCode: status);
    }

    /// <param name="next">Give this as <c>after</c> or <c>before</c>, as the endpoint has it; null on the last page.</param>
    public static IResult Page(object items, object? next) => Results.Json(new Dictionary<string, object?> { ["status"] = "success", ["data"] = items, ["next"] = next });

    /// <summary>Something that has versions.</summary>
    /// <param name="location">Where it is, when it is new.</param>
    public static IResult Versioned(object data, int version, IReadOnlyList<FieldProblem>? warnings = null, string? location = null) =>
        new TaggedAnswer(Of(data, warnings, location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created), EditPrecondition.TagOf(version), location);

    /// <summary>NaN and the infinities have no JSON.</summary>
    public static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private sealed class TaggedAnswer(IResult answer, string tag, string? location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ETag = tag;
            if (location is not null)
            {
                httpContext.Response.Headers.Location = location;
            }
            return answer.ExecuteAsync(httpContext);
        }
    }
}
