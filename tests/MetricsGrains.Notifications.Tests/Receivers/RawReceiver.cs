using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>A TCP server that reads one HTTP request and then does what the test says: nothing, half an answer, garbage.</summary>
internal sealed class RawReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly Task _loop;
    private int _connections;

    /// <param name="answer">Runs when a request's head has arrived; the connection is closed after it.</param>
    public RawReceiver(Func<NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Ends when the first request's head has arrived.</summary>
    public Task Received => _received.Task;

    public int Connections => Volatile.Read(ref _connections);

    public static Task HangAsync(NetworkStream stream, CancellationToken stop) => Task.Delay(Timeout.Infinite, stop);

    public static Func<NetworkStream, CancellationToken, Task> Saying(string bytes) => async (stream, stop) => await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), stop);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                await using NetworkStream stream = client.GetStream();
                await ReadHeadAsync(stream);
                _received.TrySetResult();
                await _answer(stream, _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
        }
    }

    private async Task ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return;
            }
            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
    }
}
