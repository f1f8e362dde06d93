using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Server.Ingest;

/// <summary>StatsD over TCP: lines on a stream. Under pressure, and while nothing can be taken in, it stops reading, so that TCP slows the sender down; nothing is dropped.</summary>
internal sealed class StatsDTcpListener : IAsyncDisposable
{
    /// <summary>Also the longest line.</summary>
    private const int BufferBytes = 65_536;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly StatsDLane[] _lanes;
    private readonly IngestPipeline _pipeline;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _connections = [];
    private readonly int _maxConnections;
    private readonly Task _accepting;

    private StatsDTcpListener(Socket socket, StatsDLane[] lanes, IngestPipeline pipeline, int maxConnections)
    {
        _socket = socket;
        _lanes = lanes;
        _pipeline = pipeline;
        _maxConnections = maxConnections;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Known after the end too: who reports on the listener does not wait for it.</summary>
    public int Port { get; }

    public static StatsDTcpListener Start(IPAddress address, int port, StatsDLane[] lanes, IngestPipeline pipeline, int maxConnections)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(512);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        return new StatsDTcpListener(socket, lanes, pipeline, maxConnections);
    }

    /// <summary>Takes no more connections, reads what has already arrived on the open ones, and ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
        Task[] open;
        lock (_connections)
        {
            open = [.. _connections];
        }
        await Task.WhenAll(open);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        int next = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket connection = await _socket.AcceptAsync(_stop.Token);
                lock (_connections)
                {
                    if (_connections.Count >= _maxConnections)
                    {
                        connection.Dispose();
                        continue;
                    }
                    Task serving = Task.Run(() => ServeAsync(connection, _lanes[next++ % _lanes.Length]));
                    _connections.Add(serving);
                    _ = serving.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A connection that was gone before it was accepted, or no file descriptors left: neither ends the listener.
                await Task.Delay(50);
            }
        }
    }

    private void Forget(Task connection)
    {
        lock (_connections)
        {
            _connections.Remove(connection);
        }
    }

    private async Task ServeAsync(Socket connection, StatsDLane lane)
    {
        using Socket socket = connection;
        byte[] buffer = new byte[BufferBytes];
        int filled = 0;
        bool skipping = false;
        try
        {
            while (true)
            {
                // On stop, what the kernel already has is still read: it was sent before.
                if (_stop.IsCancellationRequested && socket.Available == 0)
                {
                    break;
                }
                int read;
                try
                {
                    read = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None, _stop.IsCancellationRequested ? CancellationToken.None : _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    continue;
                }
                if (read == 0)
                {
                    break;
                }
                while (_pipeline.Refusal is not null && !_stop.IsCancellationRequested)
                {
                    await Task.Delay(s_pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                filled = Take(buffer, filled + read, lane, ref skipping);
                while (!lane.TryFlush(evenIfSmall: false))
                {
                    await _pipeline.WaitForRoomAsync(CancellationToken.None);
                }
            }
        }
        catch (SocketException)
        {
            // The sender broke off; what it finished counts.
        }
        if (filled > 0 && !skipping)
        {
            // The last line of a stream needs no line break.
            lane.Process(buffer.AsSpan(0, filled), isWhole: true, StatsDTransport.Tcp);
        }
    }

    /// <returns>Bytes of an unfinished line, moved to the buffer's start.</returns>
    private static int Take(byte[] buffer, int length, StatsDLane lane, ref bool skipping)
    {
        Span<byte> chunk = buffer.AsSpan(0, length);
        if (skipping)
        {
            int end = chunk.IndexOf((byte)'\n');
            if (end < 0)
            {
                return 0;
            }
            skipping = false;
            chunk = chunk[(end + 1)..];
        }
        int taken = lane.Process(chunk, isWhole: false, StatsDTransport.Tcp);
        Span<byte> rest = chunk[taken..];
        if (rest.Length == buffer.Length)
        {
            lane.RefuseLongLine();
            skipping = true;
            return 0;
        }
        rest.CopyTo(buffer);
        return rest.Length;
    }
}
