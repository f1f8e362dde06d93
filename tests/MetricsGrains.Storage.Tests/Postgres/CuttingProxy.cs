using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>Stands between the store and its server, and can cut a connection between a COMMIT and its answer.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private int _cuts;

    public CuttingProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>COMMITs left whose answer is swallowed and whose connection is then cut.</summary>
    public int Cuts
    {
        get => Volatile.Read(ref _cuts);
        set => Volatile.Write(ref _cuts, value);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient near = client;
        using var far = new TcpClient();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        bool[] cut = [false];
        try
        {
            await far.ConnectAsync(_host, _port, ended.Token);
            await Task.WhenAny(
                PumpAsync(near.GetStream(), far.GetStream(), bytes => cut[0] |= bytes.IndexOf("COMMIT\0"u8) >= 0 && Interlocked.Decrement(ref _cuts) >= 0, () => false, ended.Token),
                PumpAsync(far.GetStream(), near.GetStream(), _ => { }, () => cut[0], ended.Token));
        }
        catch (SocketException)
        {
        }
        await ended.CancelAsync();
    }

    private delegate void Look(ReadOnlySpan<byte> bytes);

    private static async Task PumpAsync(NetworkStream from, NetworkStream to, Look look, Func<bool> cut, CancellationToken cancel)
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
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
