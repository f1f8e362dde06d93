using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>Whatever dies, is lost, repeated or overtaken: what a log has is in the store once.</summary>
public sealed class OriginDispatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Append_SilosDieAndLeaveAndCallsAreLost_TheStoreHasEverySampleOnce(int seed)
    {
        await using var cluster = new SimCluster(seed, new MetricGrainOptions(), isFaulty: true, speed: 60);
        string[] origins = ["a", "b", "c"];
        foreach (string origin in origins)
        {
            cluster.Start(origin);
        }
        var expected = new Dictionary<string, (long Count, double Sum)>(StringComparer.Ordinal);
        for (int step = 0; step < 400; step++)
        {
            foreach (SimSilo silo in cluster.Up.Where(s => s.IsReady))
            {
                Observed[] samples = [.. Enumerable.Range(0, 1 + cluster.Next(4)).Select(_ => Sample(cluster))];
                foreach (Observed sample in samples)
                {
                    (long count, double sum) = expected.GetValueOrDefault(sample.Metric);
                    expected[sample.Metric] = (count + 1, sum + sample.Value);
                }
                await silo.AppendAsync(samples);
            }
            if (step % 40 == 20)
            {
                SimSilo silo = cluster.Up[cluster.Next(cluster.Up.Count)];
                if (cluster.Chance(50))
                {
                    await silo.FlushEverythingAsync();
                }
                await cluster.KillAsync(silo);
            }
            if (step % 40 == 35)
            {
                cluster.Start(origins.First(o => cluster.Up.All(s => s.Origin != o)));
            }
            await Task.Delay(cluster.Next(8));
        }
        foreach (string origin in origins.Where(o => cluster.Up.All(s => s.Origin != o)))
        {
            cluster.Start(origin);
        }
        await Eventually.TrueAsync(() => cluster.Up.All(s => s.IsReady && s.Dispatch.Behind == 0), "every grain has what the logs have");
        try
        {
            await Eventually.TrueAsync(() => Differences(cluster, expected).Count == 0, "the store has everything, once");
        }
        finally
        {
            Assert.True(Differences(cluster, expected) is [], $"seed {seed}: {string.Join("; ", Differences(cluster, expected).Take(5))}");
        }
    }

    [Fact]
    public async Task Query_WhileGrainsAreActivatedAnew_IsAnsweredWithWhatEveryLogHas()
    {
        await using var cluster = new SimCluster(1, new MetricGrainOptions(), isFaulty: false, speed: 1);
        string[] origins = ["a", "b", "c"], metrics = [.. Enumerable.Range(0, 12).Select(i => $"metric.{i}")];
        long from = cluster.Time.NowMs - 60_000;
        foreach (string origin in origins)
        {
            cluster.Start(origin);
        }
        foreach (SimSilo silo in cluster.Up)
        {
            for (int i = 0; i < 50; i++)
            {
                await silo.AppendAsync([.. metrics.Select(m => Observed.Counter(m, $"host:{silo.Origin}", cluster.Time.NowMs, 1))]);
            }
        }
        await Eventually.TrueAsync(() => cluster.Up.All(s => s.Dispatch.Behind == 0), "every grain has what the logs have");
        var query = new AggregateQuery(from, from + 600_000, 10_000, [], [], SketchNeed.None);
        for (int round = 0; round < 5; round++)
        {
            cluster.EndAll();
            MetricAnswer?[] answers = await Task.WhenAll(metrics.Select(m => cluster.Up[round % 3].Grains.QueryAsync(m, query, CancellationToken.None).AsTask()));
            Assert.All(answers, a => Assert.Equal(150, a!.Frame.Groups.Sum(g => g.Points.ToArray().Sum(p => p.Aggregate.Count))));
        }
    }

    [Fact]
    public async Task Replay_GrainsLeaveInTheMiddleOfIt_TheStoreHasEverySampleOnce()
    {
        await using var cluster = new SimCluster(1, new MetricGrainOptions(), isFaulty: false, speed: 1);
        SimSilo first = cluster.Start("a");
        // One that will live in the second of the silos that come.
        string metric = Enumerable.Range(0, 100).Select(i => $"metric.{i}").First(m => Rendezvous.HomeOf(StableHash.Of(m), [new SiloId("b@2"), new SiloId("a@3")]) == new SiloId("b@2"));
        long open = cluster.Time.NowMs;
        for (int i = 0; i < 9; i++)
        {
            await first.AppendAsync(Observed.Counter(metric, "", open, 1));
        }
        // It is late, so its row is written at once, with a cursor that covers all ten; the others' minute is open.
        await first.AppendAsync(Observed.Counter(metric, "", open - 600_000, 1));
        await Eventually.TrueAsync(() => cluster.Store.TotalOf(metric) == (1, 1), "the late sample is in the store");
        await cluster.KillAsync(first);

        SimSilo home = cluster.Start("b");
        SimSilo again = cluster.Start("a", replayThrough: 3);
        await Eventually.TrueAsync(() => again.Dispatch.AppliedThrough == 3, "the grain has what was read of the log");
        await home.FlushEverythingAsync();
        await cluster.KillAsync(home);
        await again.ReplayAsync(ulong.MaxValue);
        await Eventually.TrueAsync(() => again.Dispatch is { AppliedThrough: 10, Behind: 0 }, "the next grain has the whole log");
        await again.FlushEverythingAsync();
        Assert.Equal((10, 10), cluster.Store.TotalOf(metric));
    }

    /// <summary>Of the last hours, and in the minutes around now: rows that were written, rows that are open, and rows that come late.</summary>
    private static Observed Sample(SimCluster cluster)
    {
        long now = cluster.Time.NowMs;
        long at = cluster.Chance(70) ? now - cluster.Next(5_000) : now - cluster.Next(3 * 3600_000);
        return Observed.Counter($"metric.{cluster.Next(25)}", $"host:h{cluster.Next(3)}", at, cluster.Next(1_000));
    }

    private static List<string> Differences(SimCluster cluster, Dictionary<string, (long Count, double Sum)> expected) =>
        [.. expected.Where(e => cluster.Store.TotalOf(e.Key) != e.Value).Select(e => $"{e.Key}: logged {e.Value}, stored {cluster.Store.TotalOf(e.Key)}")];
}
