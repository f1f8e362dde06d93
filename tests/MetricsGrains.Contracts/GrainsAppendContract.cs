using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>What every host must make of a batch.</summary>
public abstract class GrainsAppendContract : GrainsContract
{
    [ContractFact]
    public async Task Append_SeveralMetrics_AllAreThereWhenTheTaskEnds()
    {
        await AppendAllAsync(Observed.Counter("a", "", T0, 1), Observed.Gauge("b", "x:1", T0, 2), Observed.Counter("a", "x:1", T0, 4));

        Assert.Equal(5, await SumAsync("a"));
        Assert.Equal(2, await SumAsync("b"));
    }

    [ContractTheory]
    [InlineData(" ")]
    [InlineData("\u00a0\u2003")]
    [InlineData("a+b/c@d")]
    [InlineData("Łódź 東京 🚀")]
    public async Task Append_UnusualName_IsAMetricLikeAnyOther(string name)
    {
        await AppendAllAsync(Observed.Counter(name, "", T0, 1), Observed.Counter(name, "x:1", T0, 2));

        Assert.Equal(3, await SumAsync(name));
        Assert.Equal(name, Assert.Single(await Grains.ListAsync("", "", 10, None)).Name);
    }

    [ContractFact]
    public async Task Append_EmptyBatch_TakesNothing()
    {
        AppendResult result = await Grains.AppendAsync(new SampleBatchBuilder().ToArray(), new BatchOrigin("node-1", 1), None);

        Assert.Equal(0, result.Accepted);
        Assert.Empty(result.Refusals);
    }

    [ContractFact]
    public async Task Append_BytesThatAreNoBatch_IsAnArgumentException() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Grains.AppendAsync("hello, world"u8.ToArray(), new BatchOrigin("node-1", 1), None));

    [ContractFact]
    public async Task Append_CallsOfOneCaller_TakeEffectInTheirOrder()
    {
        const int calls = 500;
        string[] metrics = ["order.a", "order.b", "order.c"];
        var pending = new List<Task<AppendResult>>();
        for (int i = 1; i <= calls; i++)
        {
            // All at one event time: the one that came last is the last value.
            double value = i;
            pending.Add(Grains.AppendAsync(Observed.Batch(metrics.Select(m => Observed.Gauge(m, "", T0, value))), new BatchOrigin("node-1", (ulong)i), None).AsTask());
        }
        AppendResult[] results = await Task.WhenAll(pending);

        Assert.All(results, r => Assert.Equal(metrics.Length, r.Accepted));
        foreach (string metric in metrics)
        {
            Assert.Equal(calls, (await TotalAsync(metric)).Last);
            Assert.Equal(calls, (await TotalAsync(metric)).Count);
        }
    }

    [ContractFact]
    public async Task Append_RepeatedOrOlderSequence_IsIgnored()
    {
        byte[] batch = Observed.Batch(Observed.Counter("again", "", T0, 1));
        foreach (ulong sequence in (ulong[])[7, 7, 3, 8, 8])
        {
            await Grains.AppendAsync(batch, new BatchOrigin("node-1", sequence), None);
        }
        AppendResult repeated = await Grains.AppendAsync(batch, new BatchOrigin("node-1", 8), None);

        Assert.Equal(2, await SumAsync("again"));
        Assert.Equal(0, repeated.Accepted);
        Assert.Empty(repeated.Refusals);
    }

    [ContractFact]
    public async Task Append_SameSequenceOfAnotherOrigin_Counts()
    {
        byte[] batch = Observed.Batch(Observed.Counter("origins", "", T0, 1));
        foreach (string origin in (string[])["node-1", "node-2", "node-1"])
        {
            await Grains.AppendAsync(batch, new BatchOrigin(origin, 5), None);
        }
        Assert.Equal(2, await SumAsync("origins"));
    }

    [ContractFact]
    public async Task Append_WithoutOrigin_AlwaysCounts()
    {
        byte[] batch = Observed.Batch(Observed.Counter("unlogged", "", T0, 1));
        for (int i = 0; i < 3; i++)
        {
            await Grains.AppendAsync(batch, new BatchOrigin("", 0), None);
        }
        Assert.Equal(3, await SumAsync("unlogged"));
    }

    [ContractFact]
    public async Task Append_MoreSeriesThanAMetricMayHave_RefusesThemByIndex()
    {
        Observed[] samples = [Observed.Counter("small", "", T0, 1), .. Enumerable.Range(0, MaxSeries + 2).SelectMany(i => (Observed[])[Observed.Counter("big", $"user:{i}", T0, 1), Observed.Counter("big", $"user:{i}", T0, 1)])];

        AppendResult result = await AppendAsync(samples);

        Assert.Equal(1 + (2 * MaxSeries), result.Accepted);
        Assert.Equal([(1, MaxSeries, RefusalReason.CardinalityLimit, 2), (1, MaxSeries + 1, RefusalReason.CardinalityLimit, 2)], result.Refusals.OrderBy(r => r.Series).Select(r => (r.Slice, r.Series, r.Reason, r.Samples)));
        Assert.All(result.Refusals, r => Assert.Contains("'big'", r.Detail, StringComparison.Ordinal));
        Assert.All(result.Refusals, r => Assert.Contains("'user'", r.Detail, StringComparison.Ordinal));
    }

    [ContractFact]
    public async Task Append_AnotherKind_RefusesTheSliceAndOnlyThat()
    {
        await AppendAllAsync(Observed.Gauge("kind", "", T0, 1));

        AppendResult result = await AppendAsync(Observed.Counter("other", "", T0, 1), Observed.Counter("kind", "", T0, 1), Observed.Counter("kind", "x:1", T0, 1), Observed.Gauge("kind", "", T0, 2));

        Assert.Equal(2, result.Accepted);
        Refusal refusal = Assert.Single(result.Refusals);
        Assert.Equal((1, -1, RefusalReason.KindMismatch, 2), (refusal.Slice, refusal.Series, refusal.Reason, refusal.Samples));
        Assert.Contains("'kind' is a gauge", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(3, await SumAsync("kind"));
    }

    [ContractFact]
    public async Task Append_TooOldAndTooNew_RefusesThoseSamplesOnly()
    {
        AppendResult result = await AppendAsync(
            Observed.Counter("times", "", T0, 1),
            Observed.Counter("times", "", T0 - (8 * Resolution.OneDay), 1),
            Observed.Counter("times", "", T0 + Resolution.OneHour, 1),
            Observed.Counter("times", "", T0 + Resolution.OneHour, 1),
            Observed.Counter("times", "", T0 - Resolution.OneMinute, 1));

        Assert.Equal(2, result.Accepted);
        Assert.Equal([(RefusalReason.TooOld, 1), (RefusalReason.TooNew, 2)], result.Refusals.OrderBy(r => r.Reason).Select(r => (r.Reason, r.Samples)));
        Assert.All(result.Refusals, r => Assert.Equal((0, -1), (r.Slice, r.Series)));
        Assert.Equal(2, await SumAsync("times"));
    }

    [ContractFact]
    public async Task Append_EverySample_IsEitherAcceptedOrInARefusal()
    {
        var random = new Random(7);
        for (ulong sequence = 1; sequence <= 30; sequence++)
        {
            Observed[] samples = [.. Enumerable.Range(0, 200).Select(_ => new Observed($"mix{random.Next(4)}", random.Next(5) == 0 ? MetricKind.Gauge : MetricKind.Counter, $"u:{random.Next(160)}", T0 + (random.Next(9) == 0 ? Resolution.OneDay : random.Next(60_000)), random.Next(11) == 0 ? double.NaN : 1))];

            AppendResult result = await Grains.AppendAsync(Observed.Batch(samples), new BatchOrigin("node-1", sequence), None);

            Assert.Equal(samples.Length, result.Accepted + result.Refusals.Sum(r => (long)r.Samples));
        }
    }

    [ContractFact]
    public async Task Append_BytesOverwrittenAfterwards_ChangesNothing()
    {
        byte[] batch = Observed.Batch(Observed.Counter("lent", "region:eu", T0, 1), Observed.Gauge("lent.too", "region:eu", T0, 2));
        await Grains.AppendAsync(batch, new BatchOrigin("node-1", 1), None);
        Array.Fill(batch, (byte)0xFF);

        Assert.Equal(1, await SumAsync("lent"));
        Assert.Equal(["lent", "lent.too"], (await Grains.ListAsync("", "", 10, None)).Select(m => m.Name));
        Assert.Equal("region:eu", Assert.Single(await Grains.ListSeriesAsync("lent", 10, None)).Tags.ToString());
    }

    [ContractFact]
    public async Task Append_DamagedSliceHeaders_CostOnlyThatSlice()
    {
        foreach ((int at, string what) in (List<(int, string)>)[(8, "the kind"), (0, "the name's hash"), (9, "the name's length")])
        {
            byte[] batch = Three(what);
            SliceLocation damaged = Locate(batch)[1];
            batch[damaged.Offset + at] ^= 0xF0;

            AppendResult result = await Grains.AppendAsync(batch, new BatchOrigin("", 0), None);

            Assert.True(result.Accepted == 4, $"{what}: {result.Accepted} accepted");
            Refusal refusal = Assert.Single(result.Refusals);
            Assert.Equal((1, RefusalReason.Malformed), (refusal.Slice, refusal.Reason));
            Assert.Equal(2, (await TotalAsync(what + " 0")).Count);
            Assert.Equal(0, (await TotalAsync(what + " 1")).Count);
            Assert.Equal(2, (await TotalAsync(what + " 2")).Count);
        }
        Assert.Equal(6, (await Grains.ListAsync("", "", 100, None)).Count);
    }

    [ContractFact]
    public async Task Append_SliceThatDoesNotFitTheBatch_CostsOnlyWhatFollows()
    {
        byte[] batch = Three("cut");

        AppendResult result = await Grains.AppendAsync(batch.AsMemory(0, batch.Length - 1), new BatchOrigin("", 0), None);

        Assert.Equal(4, result.Accepted);
        Assert.Equal((2, RefusalReason.Malformed), (Assert.Single(result.Refusals).Slice, result.Refusals[0].Reason));
        Assert.Equal(2, (await TotalAsync("cut 0")).Count);
        Assert.Equal(2, (await TotalAsync("cut 1")).Count);
    }

    [ContractFact]
    public async Task Append_AnyDamageInsideASlice_CostsNoOther()
    {
        const int seed = 20260417;
        var random = new Random(seed);
        for (int round = 0; round < 300; round++)
        {
            byte[] batch = Three("fuzz");
            SliceLocation damaged = Locate(batch)[1];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                batch[damaged.Offset + random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            AppendResult result = await Grains.AppendAsync(batch, new BatchOrigin("", 0), None);

            Assert.True(result.Accepted is >= 4 and <= 6, $"seed {seed}, round {round}: {result.Accepted} accepted");
            Assert.All(result.Refusals, r => Assert.Equal(1, r.Slice));
            Assert.Equal((round + 1) * 2, (await TotalAsync("fuzz 0")).Count);
            Assert.Equal((round + 1) * 2, (await TotalAsync("fuzz 2")).Count);
        }
    }

    [ContractFact]
    public async Task Append_ManyCallersWhileOthersAsk_CountsEverySampleOnce()
    {
        const int callers = 4, batches = 60, metrics = 20;
        using var done = new CancellationTokenSource();
        Task asking = Task.Run(async () =>
        {
            double before = 0;
            while (!done.IsCancellationRequested)
            {
                double count = (await TotalAsync("busy.0")).Count;
                Assert.True(count >= before, $"{count} after {before}");
                before = count;
                await Grains.ListAsync("busy", "", 50, None);
                await Grains.DescribeAsync("busy.1", None);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (int i = 1; i <= batches; i++)
            {
                byte[] batch = Observed.Batch(Enumerable.Range(0, metrics).Select(m => Observed.Counter($"busy.{m}", $"caller:{caller}", T0 + (i * 1_000), 1)));
                AppendResult result = await Grains.AppendAsync(batch, new BatchOrigin($"node-{caller}", (ulong)i), None);
                Assert.Equal(metrics, result.Accepted);
            }
        })));
        await done.CancelAsync();
        await asking;

        for (int m = 0; m < metrics; m++)
        {
            Assert.Equal(callers * batches, await SumAsync($"busy.{m}"));
        }
    }

    /// <summary>Three metrics, two samples each.</summary>
    private static byte[] Three(string name) =>
        Observed.Batch(Enumerable.Range(0, 3).SelectMany(i => (Observed[])[Observed.Counter($"{name} {i}", "a:b", T0, 1), Observed.Counter($"{name} {i}", "a:c", T0, 1.5)]));

    private static List<SliceLocation> Locate(byte[] bytes)
    {
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch batch));
        var slices = new List<SliceLocation>();
        foreach (SliceLocation slice in batch)
        {
            slices.Add(slice);
        }
        return slices;
    }
}
