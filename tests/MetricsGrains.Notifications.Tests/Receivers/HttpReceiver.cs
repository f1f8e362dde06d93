using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>A real HTTP server on a free port of this machine that answers as it is told.</summary>
internal sealed class HttpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    private HttpReceiver(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public ReceivedRequest Only => Assert.Single(_requests);

    public static Task<HttpReceiver> StartAsync(HttpReply reply, X509Certificate2? certificate = null) => StartAsync(_ => reply, certificate);

    public static async Task<HttpReceiver> StartAsync(Func<ReceivedRequest, HttpReply> answer, X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var receiver = new HttpReceiver(builder.Build());
        receiver._app.Run(context => receiver.HandleAsync(context, answer));
        await receiver._app.StartAsync();
        receiver.Url = receiver._app.Urls.Single();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context, Func<ReceivedRequest, HttpReply> answer)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new ReceivedRequest(context.Request.Method, context.Request.Path, context.Request.Headers, body.ToArray());
        // The headers are the connection's, and are cleared for its next request.
        request = request with { Headers = new HeaderDictionary(context.Request.Headers.ToDictionary()) };
        _requests.Enqueue(request);
        HttpReply reply = answer(request);
        context.Response.StatusCode = reply.Status;
        if (reply.RetryAfter is not null)
        {
            context.Response.Headers.RetryAfter = reply.RetryAfter;
        }
        if (reply.Location is not null)
        {
            context.Response.Headers.Location = reply.Location;
        }
        await context.Response.WriteAsync(reply.Body);
    }
}
