using System.Net;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class StatsDUdpListenerTests
{
    /// <summary>Housekeeping comes by every few seconds, also while the node stops and the listener is gone already.</summary>
    [Fact]
    public async Task CountKernelDrops_AfterTheEnd_IsHarmless()
    {
        using var meters = new IngestMeters();
        StatsDUdpListener listener = StatsDUdpListener.Start(IPAddress.Loopback, 0, 1 << 16, [], meters);
        int port = listener.Port;
        await listener.DisposeAsync();
        listener.CountKernelDrops();
        Assert.True(port > 0 && listener.Port == port);
    }
}
