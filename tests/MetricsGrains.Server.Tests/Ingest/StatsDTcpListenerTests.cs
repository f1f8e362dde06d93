using System.Net;
using System.Net.Sockets;
using System.Text;
using MetricsGrains.Contracts;
using MetricsGrains.Server.Ingest;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class StatsDTcpListenerTests
{
    [Fact]
    public async Task Receive_WhileNothingCanBeTakenIn_WaitsAndLosesNoLine()
    {
        using var meters = new IngestMeters();
        var log = new FakeLog();
        var copies = new HeldCopies { Refusal = "no second silo is up" };
        await using var pipeline = new IngestPipeline(log, new RecordingGrains(), "node-1", 64 << 20, meters, TimeProvider.System, copies: copies);
        var annotations = new AnnotationLog(new FakeAnnotations(), meters, TimeProvider.System, NullLogger<AnnotationLog>.Instance);
        var lane = new StatsDLane(pipeline, meters, new StatsDRules(null, long.MaxValue / 4, long.MaxValue / 4), annotations, TimeProvider.System);
        await using StatsDTcpListener listener = StatsDTcpListener.Start(IPAddress.Loopback, 0, [lane], pipeline, 8);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, listener.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes("a:1|c\nb:1|c\n"));
        await Task.Delay(500);
        Assert.True(lane.TryFlush(evenIfSmall: true));
        Assert.Equal(0, log.Appended);

        copies.Refusal = null;
        await Eventually.TrueAsync(() => lane.TryFlush(evenIfSmall: true) && log.Appended == 1, "both lines are taken in");
    }
}
