using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// StatsD over UDP: several threads receive from one socket with a large buffer. Nobody can be told to slow down, so what there
/// is no room for is dropped and counted, ours and the kernel's.
/// </summary>
internal sealed class StatsDUdpListener : IAsyncDisposable
{
    private const int LargestDatagram = 65_536;

    private readonly Socket _socket;
    private readonly StatsDLane[] _lanes;
    private readonly IngestMeters _meters;
    private readonly List<Thread> _threads = [];
    private long _kernelDrops;

    private StatsDUdpListener(Socket socket, StatsDLane[] lanes, IngestMeters meters)
    {
        _socket = socket;
        _lanes = lanes;
        _meters = meters;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Known after the end too: who reports on the listener does not wait for it.</summary>
    public int Port { get; }

    /// <param name="lanes">One receiver thread for each.</param>
    /// <param name="bufferBytes">Asked of the kernel, which may give less (net.core.rmem_max).</param>
    public static StatsDUdpListener Start(IPAddress address, int port, int bufferBytes, StatsDLane[] lanes, IngestMeters meters)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }
            socket.ReceiveBufferSize = bufferBytes;
            socket.Bind(new IPEndPoint(address, port));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var listener = new StatsDUdpListener(socket, lanes, meters);
        for (int i = 0; i < lanes.Length; i++)
        {
            StatsDLane lane = lanes[i];
            var thread = new Thread(() => listener.Receive(lane)) { IsBackground = true, Name = $"statsd-udp-{i}" };
            listener._threads.Add(thread);
            thread.Start();
        }
        return listener;
    }

    /// <summary>Reports datagrams the kernel dropped since the last call. Linux only; elsewhere the kernel does not say.</summary>
    public void CountKernelDrops()
    {
        long drops = KernelUdpDrops.Of(Port);
        if (drops > _kernelDrops)
        {
            _meters.Dropped("kernel", drops - _kernelDrops);
            _kernelDrops = drops;
        }
    }

    /// <summary>Lets the receivers take what the kernel already has, a second at most, and ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < 100 && _socket.Available > 0; i++)
        {
            await Task.Delay(10);
        }
        _socket.Dispose();
        foreach (Thread thread in _threads)
        {
            thread.Join(TimeSpan.FromSeconds(2));
        }
    }

    private void Receive(StatsDLane lane)
    {
        byte[] buffer = new byte[LargestDatagram];
        while (true)
        {
            int length;
            try
            {
                length = _socket.Receive(buffer);
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.MessageSize)
            {
                continue;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }
            lane.Process(buffer.AsSpan(0, length), isWhole: true, StatsDTransport.Udp);
            if (!lane.TryFlush(evenIfSmall: false))
            {
                lane.Drop();
            }
        }
    }
}
