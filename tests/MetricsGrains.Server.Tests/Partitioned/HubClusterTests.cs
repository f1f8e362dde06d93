using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Partitioned;
using MetricsGrains.Server.Tests.Cluster;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>Whoever reads the partitions, one, two or nobody for a while: what the hub has is in the store once, rows and raw samples.</summary>
public sealed class HubClusterTests
{
    private readonly Dictionary<string, (long Count, double Sum)> _expected = new(StringComparer.Ordinal);

    /// <summary>Owners come and go at random, so that a partition has none, one or several; silos die, calls and sends are lost, events are damaged.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Send_OwnersChangeAndSilosDie_TheStoreHasEverySampleOnce(int seed)
    {
        await using var cluster = new SimCluster(seed, new MetricGrainOptions(), isFaulty: true, speed: 60);
        InMemoryHub hub = NewHub(cluster);
        Task Fail(string partition) => cluster.Chance(5) ? Task.FromException(new HubUnavailableException("the test says so")) : Task.CompletedTask;
        hub.Sending = Fail;
        hub.Sent = Fail;
        hub.Reading = async () =>
        {
            if (cluster.Next(5_000) == 0)
            {
                await Task.Delay(cluster.Next(100));
                throw new HubUnavailableException("the test says so");
            }
        };
        string[] names = ["a", "b", "c"];
        var nodes = new List<HubNode>();
        foreach (string name in names)
        {
            nodes.Add(new HubNode(cluster, cluster.Start(name), hub));
        }
        var owners = new List<(HubNode Node, PartitionConsumer Consumer)>();
        HubIngestLog log = await HubIngestLog.OpenAsync(hub, TimeProvider.System, CancellationToken.None);
        var sends = new List<Task>();
        for (int step = 0; step < 300; step++)
        {
            sends.Add(SendAsync(log, cluster));
            if (step % 50 == 7)
            {
                hub.Put($"{cluster.Next(3)}", [1, 2, 3]);
            }
            if (step % 10 == 0)
            {
                HubNode node = nodes[cluster.Next(nodes.Count)];
                owners.Add((node, await StartAsync($"{cluster.Next(3)}", node)));
            }
            if (step % 10 == 5 && owners.Count > 2)
            {
                int gone = cluster.Next(owners.Count);
                await owners[gone].Consumer.DisposeAsync();
                owners.RemoveAt(gone);
            }
            if (step % 60 == 30)
            {
                HubNode dead = nodes[cluster.Next(nodes.Count)];
                await cluster.KillAsync(dead.Silo);
                foreach ((HubNode node, PartitionConsumer consumer) in owners.Where(o => o.Node == dead).ToArray())
                {
                    await consumer.DisposeAsync();
                    owners.Remove((node, consumer));
                }
                nodes.Remove(dead);
            }
            if (step % 60 == 50)
            {
                nodes.Add(new HubNode(cluster, cluster.Start(names.First(n => nodes.All(o => o.Silo.Origin != n))), hub));
            }
            await Task.Delay(cluster.Next(8));
        }
        await Task.WhenAll(sends);
        await log.DisposeAsync();
        foreach ((_, PartitionConsumer consumer) in owners)
        {
            await consumer.DisposeAsync();
        }
        var last = new List<PartitionConsumer>();
        foreach (string partition in await hub.PartitionsAsync(CancellationToken.None))
        {
            last.Add(await StartAsync(partition, nodes[0]));
        }

        await Eventually.TrueAsync(() => last.All(c => c.Behind == 0), "every grain has what the hub has");
        try
        {
            await Eventually.TrueAsync(() => Differences(cluster).Count == 0, "the store has everything, once");
            Assert.All(last, c => Assert.Equal(0, c.Lag));
            await CheckpointsMoveAsync(hub, cluster);
            await Eventually.TrueAsync(() => Differences(cluster).Count == 0, "the store has what came last too");
        }
        finally
        {
            Assert.True(Differences(cluster) is [], $"seed {seed}: {string.Join("; ", Differences(cluster).Take(5))}");
            await Task.WhenAll(last.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Consumers_SilosComeAndGo_EveryPartitionIsReadByOneOfThem()
    {
        await using var cluster = new SimCluster(1, new MetricGrainOptions(), isFaulty: false, speed: 60);
        InMemoryHub hub = NewHub(cluster, partitions: 12);
        var running = new Dictionary<HubNode, HubConsumers>();
        await using HubIngestLog log = await HubIngestLog.OpenAsync(hub, TimeProvider.System, CancellationToken.None);
        foreach (string name in new[] { "a", "b", "c" })
        {
            var node = new HubNode(cluster, cluster.Start(name), hub);
            running.Add(node, new HubConsumers(node.Services, node.Silo.Id));
            running[node].Start();
            for (int i = 0; i < 30; i++)
            {
                await SendAsync(log, cluster);
            }
            await Eventually.TrueAsync(() => OwnersOf(running) == string.Join(' ', Enumerable.Range(0, 12).Select(i => $"{i}").Order()), "every partition has one owner");
        }
        Assert.All(running.Values, c => Assert.NotEmpty(c.Running));

        HubNode dead = running.Keys.First();
        await cluster.KillAsync(dead.Silo);
        await running[dead].DisposeAsync();
        running.Remove(dead);
        hub.Put("3", [0]);
        for (int i = 0; i < 30; i++)
        {
            await SendAsync(log, cluster);
        }

        await Eventually.TrueAsync(() => OwnersOf(running) == string.Join(' ', Enumerable.Range(0, 12).Select(i => $"{i}").Order()), "the others have its partitions");
        await Eventually.TrueAsync(() => Differences(cluster).Count == 0, "the store has everything, once");
        await Eventually.TrueAsync(() => running.Keys.Sum(n => n.DeadLetters.Count) == 1, "the damaged event is among the dead letters");
        Assert.Equal("not an event of ours", running.Keys.SelectMany(n => n.DeadLetters.Values).Single());
        await Task.WhenAll(running.Values.Select(c => c.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Submit_ToASiloWithAHub_IsAnsweredWhenTheHubHasItAndBroughtToTheGrainsFromThere()
    {
        await using var cluster = new SimCluster(1, new MetricGrainOptions(), isFaulty: false, speed: 60);
        InMemoryHub hub = NewHub(cluster);
        var held = new TaskCompletionSource();
        hub.Sending = _ => held.Task;
        var node = new HubNode(cluster, cluster.Start("a"), hub);
        await using var consumers = new HubConsumers(node.Services, node.Silo.Id);
        consumers.Start();
        await using HubIngestLog log = await HubIngestLog.OpenAsync(hub, TimeProvider.System, CancellationToken.None);
        var host = new ClusterGrainHost(node.Silo.Dispatch, node.Silo.Members, node.Services.Peers, cluster.Time, () => Task.CompletedTask, intake: log);
        await using var pipeline = new IngestPipeline(host.Intake!, host, "", 1 << 20, node.Services.Meters, cluster.Time);

        Assert.True(pipeline.TrySubmit(Observed.Builder(Observed.Counter("m.1", "", cluster.Time.NowMs, 3), Observed.Counter("m.2", "", cluster.Time.NowMs, 4)), out Task<AppendResult> done));
        Assert.False(done.IsCompleted);
        held.SetResult();
        AppendResult result = await done;

        Assert.Equal(2, result.Accepted);
        Assert.Empty(result.Refusals);
        await Eventually.TrueAsync(() => (cluster.Store.TotalOf("m.1").Sum, cluster.Store.TotalOf("m.2").Sum) == (3, 4), "the store has both");
        // Nothing of it is the silo's own log's.
        Assert.Equal(0UL, node.Silo.Dispatch.Lag.Logged);
    }

    private static InMemoryHub NewHub(SimCluster cluster, int partitions = 3) => new(partitions) { Clock = () => cluster.Time.NowMs };

    private static string OwnersOf(Dictionary<HubNode, HubConsumers> running) => string.Join(' ', running.Values.SelectMany(c => c.Running).Select(c => c.Partition).Order());

    /// <summary>The network is bad for everybody; a silo tries until it has begun.</summary>
    private static async Task<PartitionConsumer> StartAsync(string partition, HubNode node)
    {
        while (true)
        {
            try
            {
                return await PartitionConsumer.StartAsync(partition, node.Services, CancellationToken.None);
            }
            catch (HubUnavailableException)
            {
                await Task.Delay(5);
            }
        }
    }

    /// <summary>A next owner must not have to read all of it again. While nothing new comes the cursor stays, so something does.</summary>
    private async Task CheckpointsMoveAsync(InMemoryHub hub, SimCluster cluster)
    {
        await using HubIngestLog log = await HubIngestLog.OpenAsync(hub, TimeProvider.System, CancellationToken.None);
        await Eventually.TrueAsync(
            async () =>
            {
                await SendAsync(log, cluster);
                return (await cluster.Store.Rows.ReadCursorsAsync("*", CancellationToken.None)).All(c => c.ReplayFrom > 50);
            }, "no partition would be read from its beginning again");
    }

    private async Task SendAsync(HubIngestLog log, SimCluster cluster)
    {
        Observed[] samples = [.. Enumerable.Range(0, 1 + cluster.Next(6)).Select(_ => Sample(cluster))];
        foreach (Observed sample in samples)
        {
            (long count, double sum) = _expected.GetValueOrDefault(sample.Metric);
            _expected[sample.Metric] = (count + 1, sum + sample.Value);
        }
        await log.AppendAsync(Observed.Batch(samples), samples.Max(s => s.UnixMs), CancellationToken.None);
    }

    /// <summary>Within the live window: of a series that has only older ones a grain may say that it does not know it before its rows are in the store, and then its raw samples are left out, whatever the log.</summary>
    private static Observed Sample(SimCluster cluster)
    {
        long now = cluster.Time.NowMs;
        long at = cluster.Next(100) < 70 ? now - cluster.Next(5_000) : now - cluster.Next(50 * 60_000);
        return Observed.Counter($"metric.{cluster.Next(25)}", $"host:h{cluster.Next(3)}", at, cluster.Next(1_000));
    }

    private List<string> Differences(SimCluster cluster) =>
    [
        .. _expected.Where(e => cluster.Store.TotalOf(e.Key) != e.Value).Select(e => $"{e.Key}: sent {e.Value}, stored {cluster.Store.TotalOf(e.Key)}"),
        .. _expected.Where(e => cluster.Store.Rows.RawSumOf(e.Key) != e.Value.Sum).Select(e => $"{e.Key}: sent {e.Value.Sum}, raw {cluster.Store.Rows.RawSumOf(e.Key)}"),
    ];
}
