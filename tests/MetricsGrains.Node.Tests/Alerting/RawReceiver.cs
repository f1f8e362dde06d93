using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>A receiver that answers byte by byte as told, or not at all: what a real HTTP server would never do, proxies and broken machines do.</summary>
internal sealed class RawReceiver : IDisposable
{
    /// <summary>Takes the request and says nothing, for ever.</summary>
    public const string Hang = "hang";

    /// <summary>Takes the request and closes the connection.</summary>
    public const string Close = "close";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private volatile string _answer = Http("200 OK", "ok");
    private int _requests;

    public RawReceiver()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/services/T0/hush-hush-hush";

    /// <summary>Bytes of the next answers, or <see cref="Hang"/> or <see cref="Close"/>.</summary>
    public string Answer
    {
        set => _answer = value;
    }

    public int Requests => Volatile.Read(ref _requests);

    public static string Http(string status, string body, string headers = "") => $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                // A message is larger than one read; all of it must be taken, or closing resets the connection before the answer is read.
                string request = "";
                byte[] buffer = new byte[65_536];
                while (!IsWhole(request))
                {
                    int read = await stream.ReadAsync(buffer, _stop.Token);
                    if (read == 0)
                    {
                        return;
                    }
                    request += Encoding.Latin1.GetString(buffer, 0, read);
                }
                Interlocked.Increment(ref _requests);
                string answer = _answer;
                if (answer == Hang)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }
                else if (answer != Close)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or IOException)
            {
                // The node gave up, or the test is over.
            }
        }
    }

    private static bool IsWhole(string request)
    {
        int head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0)
        {
            return false;
        }
        string? length = request[..head].Split("\r\n").FirstOrDefault(h => h.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return length is null ? request.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : request.Length >= head + 4 + int.Parse(length[15..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
