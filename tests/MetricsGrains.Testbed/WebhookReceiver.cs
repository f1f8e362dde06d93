using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace MetricsGrains.Testbed;

/// <summary>A real HTTP server that keeps what it is sent, and answers as told.</summary>
public sealed class WebhookReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<JsonElement> _bodies = [];
    private volatile int _status = 200;

    public WebhookReceiver()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook/";
        probe.Stop();
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = AnswerAsync();
    }

    public string Url { get; }

    public int Status
    {
        set => _status = value;
    }

    /// <summary>Bodies that were answered with success, oldest first.</summary>
    public IReadOnlyList<JsonElement> Bodies => [.. _bodies];

    /// <summary>Each message as its status and the number of its alerts.</summary>
    public IReadOnlyList<string> Statuses => [.. Bodies.Select(b => b.GetProperty("status").GetString()!)];

    /// <summary>Requests, refused ones included.</summary>
    public int Requests { get; private set; }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                Requests++;
                JsonElement body = (await JsonDocument.ParseAsync(context.Request.InputStream)).RootElement.Clone();
                if (_status < 300)
                {
                    _bodies.Enqueue(body);
                }
                context.Response.StatusCode = _status;
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
        }
    }
}
