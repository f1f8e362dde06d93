using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api;

/// <summary>What the API answers where it has nothing: JSON like all its errors. A client that reads JSON must not be given an empty body, or a page.</summary>
internal static class UnmatchedAnswers
{
    public static void UseUnmatchedAnswers(this IApplicationBuilder app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal), api => api.UseStatusCodePages(WriteAsync));

    private static Task WriteAsync(StatusCodeContext status)
    {
        HttpContext context = status.HttpContext;
        string error = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"there is no {context.Request.Path}",
            StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}",
            int other => $"the request ended with status {other}",
        };
        return context.Response.WriteAsJsonAsync(new { status = "error", error });
    }
}
