using MetricsGrains.Contracts;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>When a grain leaves for the silo that it belongs to.</summary>
public sealed class MemberMoveTests
{
    private const string Origin = "x";

    [Fact]
    public async Task Tick_GrainThatIsBeingBroughtUpToDate_MovesAfterThatWithWhatItGot()
    {
        await using var cluster = new SimCluster(1, new MetricGrainOptions(), isFaulty: false, speed: 1);
        SimSilo one = await cluster.StartAsync("one"), other = await cluster.StartAsync("other");
        string metric = Enumerable.Range(0, 100).Select(n => $"move.{n}").First(m => Rendezvous.HomeOf(StableHash.Of(m), [one.Id, other.Id]) == other.Id);
        await cluster.KillAsync(other);
        SimMember member = await cluster.FindAsync(metric);
        Assert.Same(one, member.Silo);
        DispatchAnswer joined = await SendAsync(cluster, one, w => w.BeginGroup(StableHash.Of(metric), metric, 0, join: true, caughtUp: false));

        other = await cluster.StartAsync("other");
        await one.Members.TickAsync(CancellationToken.None);
        Assert.False(await member.RunAsync(m => m.IsRetired), "it would not take the rest, and never be through");

        byte[] batch = Observed.Batch([Observed.Counter(metric, "", cluster.Time.NowMs, 7)]);
        DispatchAnswer last = await SendAsync(cluster, one, w =>
        {
            w.BeginGroup(StableHash.Of(metric), metric, joined.Epoch, join: false, caughtUp: true);
            Assert.True(SampleBatch.TryRead(batch, out SampleBatch read));
            foreach (SliceLocation slice in read)
            {
                w.Add(0, 1, batch.AsSpan(slice.Offset, slice.Length));
            }
        });
        Assert.Equal((DispatchStatus.InStep, 1L), (last.Status, last.Result.Accepted));
        await Eventually.TrueAsync(() => member.HasEnded, "the grain leaves");
        Assert.Same(other, (await cluster.FindAsync(metric)).Silo);
        Assert.Equal((1, 7.0), cluster.Store.TotalOf(metric));
    }

    private static async Task<DispatchAnswer> SendAsync(SimCluster cluster, SimSilo to, Action<DispatchWriter> group)
    {
        var writer = new DispatchWriter();
        writer.Begin(Origin, long.MinValue);
        group(writer);
        return Assert.Single(DispatchAnswerCodec.Split(await new SimPeers(cluster, to).DispatchAsync(to.Id, writer.ToArray(), CancellationToken.None)));
    }
}
