using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MetricsGrains.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api;

/// <summary>The host's own pages, for the user "admin" alone (HTTP Basic).</summary>
internal static class AdminPages
{
    private const string User = "admin";

    /// <param name="password">Of the user; not empty.</param>
    public static void UseAdminPages(this IApplicationBuilder app, IHostPages pages, string password)
    {
        byte[] expected = Digest($"{User}:{password}");
        app.Map(pages.Path, branch => branch.Run(context => Admits(context.Request, expected) ? pages.AnswerAsync(context) : RefuseAsync(context.Response)));
    }

    private static bool Admits(HttpRequest request, byte[] expected)
    {
        byte[] given = new byte[1024];
        return AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out AuthenticationHeaderValue? header)
            && header is { Scheme: var scheme, Parameter: { } parameter } && scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(parameter, given, out int length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(given.AsSpan(0, length)), expected);
    }

    private static Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = "Basic realm=\"MetricsGrains\", charset=\"UTF-8\"";
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync($"These pages are for the user '{User}', whose password is in the silo's settings, Cluster:AdminPassword.");
    }

    /// <summary>As long whatever the password's length is, so that comparing tells nothing of it.</summary>
    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
