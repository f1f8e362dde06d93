using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MetricsGrains.Browser.Tests;

/// <summary>Answers as Slack's incoming webhooks do, and keeps what was posted.</summary>
internal sealed class SlackReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<string> _bodies = new();

    public SlackReceiver()
    {
        string prefix = $"http://127.0.0.1:{FreePort()}/";
        _listener.Prefixes.Add(prefix);
        _listener.Start();
        WebhookUrl = prefix + "services/T000/B000/hush";
        _ = ServeAsync();
    }

    public string WebhookUrl { get; }

    public IReadOnlyList<string> Bodies => [.. _bodies];

    /// <summary>What it answers from now on; 200 is "ok".</summary>
    public int Status { get; set; } = 200;

    /// <summary>Waits for a message with all of the words in it.</summary>
    public Task FindAsync(params string[] words) =>
        Poll.UntilAsync(() => Task.FromResult(_bodies.Any(b => words.All(w => b.Contains(w, StringComparison.Ordinal)))), $"a Slack message with {string.Join(", ", words)}; there are:\n{string.Join('\n', _bodies)}");

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using (var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8))
                {
                    _bodies.Enqueue(await reader.ReadToEndAsync());
                }
                context.Response.StatusCode = Status;
                context.Response.Close(Encoding.UTF8.GetBytes(Status == 200 ? "ok" : "no_service"), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed at the end of the test.
        }
    }
}
