using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Testbed;

/// <summary>
/// Stands between a PostgreSQL client and its server, and can be slow, deaf or gone, or cut a connection between a COMMIT and its answer.
/// </summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly string _host;
    private readonly int _port;
    private TcpListener _listener = new(IPAddress.Loopback, 0);
    private CancellationTokenSource _connections = new();
    private Task _accepting;
    private long _delayTicks;
    private int _cuts;
    private volatile TaskCompletionSource? _stalled;

    public FaultyProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener, _connections.Token);
    }

    public int Port { get; }

    /// <summary>COMMITs left of transactions that wrote rows, whose answer is swallowed and whose connection is then cut.</summary>
    public int Cuts
    {
        get => Volatile.Read(ref _cuts);
        set => Volatile.Write(ref _cuts, value);
    }

    /// <summary>How long each piece that comes in is held before it goes on, in both directions.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>Nothing gets through any more, and no connection ends: a network that swallows packets.</summary>
    public void Stall() => _stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held up goes on its way.</summary>
    public void Resume()
    {
        TaskCompletionSource? stalled = _stalled;
        _stalled = null;
        stalled?.TrySetResult();
    }

    /// <summary>Cuts every connection and refuses new ones.</summary>
    public async Task GoAwayAsync()
    {
        await _connections.CancelAsync();
        _listener.Stop();
        Resume();
        await _accepting;
    }

    /// <summary>After <see cref="GoAwayAsync"/>: takes connections again, on the same port.</summary>
    public void ComeBack()
    {
        _connections.Dispose();
        _connections = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener, _connections.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await GoAwayAsync();
        _connections.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stop)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.Add(RelayAsync(await listener.AcceptTcpClientAsync(stop), stop));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task RelayAsync(TcpClient client, CancellationToken stop)
    {
        using TcpClient near = client;
        using var far = new TcpClient();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watch = new CommitWatch(this);
        try
        {
            await far.ConnectAsync(_host, _port, ended.Token);
            // What is small must not wait for more, or Nagle's algorithm would be measured rather than the delay that was asked for.
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAny(
                PumpAsync(near.GetStream(), far.GetStream(), watch.Look, static () => false, ended.Token),
                PumpAsync(far.GetStream(), near.GetStream(), static _ => { }, () => watch.IsCut, ended.Token));
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
        }
        await ended.CancelAsync();
    }

    private delegate void Look(ReadOnlySpan<byte> bytes);

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Look look, Func<bool> cut, CancellationToken cancel)
    {
        byte[] buffer = new byte[65_536];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancel)) > 0)
            {
                look(buffer.AsSpan(0, read));
                if (cut())
                {
                    return;
                }
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, cancel);
                }
                if (_stalled is { } stalled)
                {
                    await stalled.Task.WaitAsync(cancel);
                }
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    /// <summary>Follows what a client says on one connection, as far as finding the COMMITs takes it.</summary>
    private sealed class CommitWatch(FaultyProxy proxy)
    {
        private bool _writes;
        private volatile bool _cut;

        /// <summary>A COMMIT went through that is not to be answered.</summary>
        public bool IsCut => _cut;

        public void Look(ReadOnlySpan<byte> bytes)
        {
            // Reads end with COMMIT too; rows of metrics come by COPY, those of alerting by INSERT, and some go.
            _writes |= bytes.IndexOf("FROM STDIN"u8) >= 0 || bytes.IndexOf("INSERT INTO alert_"u8) >= 0 || bytes.IndexOf("DELETE FROM alert_"u8) >= 0;
            if (bytes.IndexOf("COMMIT\0"u8) >= 0)
            {
                _cut |= _writes && Interlocked.Decrement(ref proxy._cuts) >= 0;
                _writes = false;
            }
        }
    }
}
