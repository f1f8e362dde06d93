using MetricsGrains.Contracts;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Crash.Tests.Seam;

/// <summary>Where memory ends and the store begins: every sample is in every answer once, from the moment it was acknowledged. For every store.</summary>
public abstract class SeamSuite
{
    private const long Hour = Resolution.OneHour, Minute = Resolution.OneMinute;

    /// <summary>Questions in the long test: a store that takes longer to answer gets fewer.</summary>
    protected abstract int Steps { get; }

    /// <returns>Makes the store over a database that is new and empty.</returns>
    protected abstract Task<Func<TimeProvider, IMetricStore>> NewStoreAsync();

    private async Task<SeamRig> NewRigAsync(long completeFromMs = long.MinValue) => await SeamRig.NewAsync(await NewStoreAsync(), completeFromMs);

    /// <summary>However much is in the store, and while flushes run: what the last hour asks is in memory.</summary>
    [ContractFact]
    public async Task Query_LastHour_AsksTheStoreNothing()
    {
        await using SeamRig rig = await NewRigAsync();
        for (int minute = 0; minute < 100; minute++)
        {
            await rig.SendAsync(("s:a", rig.Time.NowMs, 1), ("s:b", rig.Time.NowMs - 5_000, 2), ("s:b", rig.Time.NowMs - (3 * Hour), 4));
            rig.Time.Advance(Minute);
            await rig.FlushAsync();
            await rig.TickAsync();
        }
        await rig.HandOutAsync();
        Assert.Equal(0, rig.Sources.StoreReads);
        foreach (long step in (long[])[10_000, Minute, 5 * Minute])
        {
            foreach (StatisticKind statistic in (StatisticKind[])[StatisticKind.Avg, StatisticKind.Sum, StatisticKind.Rate, StatisticKind.Last])
            {
                QueryResult result = await rig.AskAsync(rig.Time.NowMs - Hour, rig.Time.NowMs, step, statistic);
                Assert.Equal((AnswerSource.Memory, 2), (result.Meta.Source, result.Series.Count));
            }
        }
        Agreement.Check(await rig.DifferenceAsync(rig.Time.NowMs - Hour, rig.Time.NowMs, Minute, byTag: true), "the last hour");
        Assert.Equal(0, rig.Sources.StoreReads);
        await rig.AskAsync(rig.Time.NowMs - (2 * Hour), rig.Time.NowMs, Minute, StatisticKind.Sum);
        Assert.NotEqual(0, rig.Sources.StoreReads);
    }

    [ContractTheory]
    [InlineData(Minute)]
    [InlineData(5 * Minute)]
    [InlineData(Hour)]
    [InlineData(Resolution.OneDay)]
    public async Task Query_SampleHoursLate_IsThereAtOnce(long step)
    {
        await using SeamRig rig = await NewRigAsync();
        await rig.SendAsync(("s:a", rig.Time.NowMs, 1), ("s:a", rig.Time.NowMs - (3 * Hour), 2));
        await CheckAsync(rig, step, "before any flush");
        await rig.FlushAsync();
        await rig.SendAsync(("s:a", rig.Time.NowMs - (3 * Hour), 4), ("s:b", rig.Time.NowMs - (30 * Hour), 8));
        await CheckAsync(rig, step, "a second time, and another series");
        await rig.TickAsync();
        await CheckAsync(rig, step, "after the idle series was forgotten");
        await rig.FlushAsync();
        await rig.Store.DeriveAsync(rig.Time.NowMs, CancellationToken.None);
        await CheckAsync(rig, step, "in the store");
    }

    public static TheoryData<SeamStage> Stages => [.. Enum.GetValues<SeamStage>()];

    /// <summary>A flush has three steps. Whatever was done before a query, any number of them may happen at any moment of it.</summary>
    [ContractTheory]
    [MemberData(nameof(Stages))]
    public async Task Query_FlushGoesOnMeanwhile_CountsLateSamplesOnce(SeamStage stage)
    {
        await using SeamRig rig = await NewRigAsync();
        Func<Task>[] steps = [rig.HandOutAsync, rig.CommitAsync, rig.ConfirmAsync];
        for (int before = 0; before <= steps.Length; before++)
        {
            for (int meanwhile = 0; meanwhile <= steps.Length - before; meanwhile++)
            {
                foreach (long step in (long[])[Minute, Hour])
                {
                    await rig.SendAsync(("s:a", rig.Time.NowMs - (2 * Hour), 1), ("s:a", rig.Time.NowMs - (70 * Minute), 2), ("s:a", rig.Time.NowMs, 4));
                    int next = 0;
                    while (next < before)
                    {
                        await steps[next++]();
                    }
                    // The second one waits behind the first when that is under way.
                    await rig.SendAsync(("s:b", rig.Time.NowMs - (2 * Hour), 8));
                    rig.Sources.At = async at =>
                    {
                        while (at == stage && next < before + meanwhile)
                        {
                            await steps[next++]();
                        }
                    };
                    await CheckAsync(rig, step, $"{stage}: {before} steps before, {meanwhile} meanwhile");
                    rig.Sources.At = null;
                    while (next < steps.Length)
                    {
                        await steps[next++]();
                    }
                    await rig.FlushAsync();
                    await CheckAsync(rig, step, "all flushed");
                    rig.Time.Advance(7_000);
                }
            }
        }
    }

    [ContractFact]
    public async Task Query_FlushesFasterThanItReads_LeavesOutWhatIsPendingButCountsNothingTwice()
    {
        await using SeamRig rig = await NewRigAsync();
        long late = rig.Time.NowMs - (2 * Hour);
        await rig.SendAsync(("s:a", late, 1));
        await rig.FlushAsync();
        await rig.SendAsync(("s:a", late, 1));
        rig.Sources.At = async at =>
        {
            if (at == SeamStage.AfterRead)
            {
                await rig.FlushAsync();
                await rig.SendAsync(("s:a", late, 1));
            }
        };
        double sum = await rig.SumAsync(late - Hour, rig.Time.NowMs, Hour);
        rig.Sources.At = null;
        Assert.InRange(rig.Sources.MemoryReads, 2, 20);
        // What comes while it is asked may be in or out.
        Assert.InRange(sum, 2, rig.Sent);
        await CheckAsync(rig, Hour, "afterwards");
    }

    [ContractFact]
    public async Task Query_StoreFailsLongerThanMemoryHolds_StillHasEverything()
    {
        await using SeamRig rig = await NewRigAsync();
        for (int minute = 0; minute < 150; minute++)
        {
            await rig.SendAsync(("s:a", rig.Time.NowMs, 1), ("s:b", rig.Time.NowMs - (minute * Minute), 2));
            rig.Time.Advance(Minute);
            // Handed out again and again, and never taken.
            await rig.HandOutAsync();
            await rig.TickAsync();
            if (minute % 10 == 0)
            {
                await CheckAsync(rig, Minute, $"minute {minute} without a store");
                await CheckAsync(rig, Hour, $"minute {minute} without a store");
            }
        }
        // A commit whose outcome the node never learned: it is in the store, and the flush is repeated.
        await rig.CommitAsync();
        await CheckAsync(rig, Minute, "committed, not confirmed");
        await rig.HandOutAsync();
        await rig.CommitAsync();
        await rig.ConfirmAsync();
        await CheckAsync(rig, Minute, "repeated");
        await rig.FlushAsync();
        await CheckAsync(rig, Minute, "what waited behind it too");
        await CheckAsync(rig, Hour, "what waited behind it too");
    }

    /// <summary>The log was cut short of samples sent ahead of their time: memory says it is complete only from the future on.</summary>
    [ContractFact]
    public async Task Query_LogWasCutShortOfTheFuture_HasTheOpenMinutes()
    {
        await using SeamRig rig = await NewRigAsync(SeamRig.Start + (8 * Minute));
        for (int i = 0; i < 40; i++)
        {
            await rig.SendAsync(("s:a", rig.Time.NowMs, 1), ("s:b", rig.Time.NowMs + (3 * Minute), 2), ("s:b", rig.Time.NowMs - (2 * Minute), 4));
            await CheckAsync(rig, Minute, $"step {i}");
            rig.Time.Advance(19_000);
            await rig.FlushAsync();
            await rig.TickAsync();
            await CheckAsync(rig, Minute, $"step {i}, flushed");
        }
    }

    [ContractFact]
    public async Task Query_WhileFlushesSealsAndEvictionsRun_IsExactAtEveryStep()
    {
        int seed = Random.Shared.Next(100_000);
        var random = new Random(seed);
        await using SeamRig rig = await NewRigAsync();
        await rig.SendAsync(("s:a", rig.Time.NowMs, 1));
        using var stop = new CancellationTokenSource();
        Task<int> housekeeping = Task.Run(() => KeepHouseAsync(rig, new Random(seed + 1), stop.Token));
        try
        {
            for (int step = 0; step < Steps && !housekeeping.IsCompleted; step++)
            {
                await rig.SendAsync([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => ($"s:{(char)('a' + random.Next(4))}", rig.Time.NowMs + Offset(random), (double)random.Next(1, 100)))]);
                long length = ((long[])[Minute, Minute, 5 * Minute, Hour, Resolution.OneDay])[random.Next(5)];
                long to = rig.Time.NowMs + (12 * Minute), from = rig.Time.NowMs - random.NextInt64(Minute, 40 * Hour);
                Agreement.Check(await rig.DifferenceAsync(from, to, length, random.Next(2) == 0, random.Next(2) == 0 ? StatisticKind.Sum : StatisticKind.Count), $"seed {seed}, step {step}");
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
        Assert.True(await housekeeping > 50, $"seed {seed}: too few flushes to tell anything");
        foreach (long length in (long[])[Minute, Hour, Resolution.OneDay])
        {
            await CheckAsync(rig, length, $"seed {seed}, at the end");
        }
    }

    /// <summary>What a node does in the background, as fast as it can, while the clock runs through hours. Some commits' outcomes get lost.</summary>
    /// <returns>Flushes.</returns>
    private static async Task<int> KeepHouseAsync(SeamRig rig, Random random, CancellationToken stop)
    {
        int flushes = 0;
        for (; !stop.IsCancellationRequested; flushes++)
        {
            await rig.HandOutAsync();
            if (random.Next(4) > 0)
            {
                await rig.CommitAsync();
                if (random.Next(4) > 0)
                {
                    await rig.ConfirmAsync();
                }
            }
            await rig.TickAsync();
            if (random.Next(5) == 0)
            {
                await rig.Store.DeriveAsync(rig.Time.NowMs, CancellationToken.None);
            }
            rig.Time.Advance(random.Next(20_000));
            await Task.Delay(random.Next(4), CancellationToken.None);
        }
        return flushes;
    }

    private static long Offset(Random random) => random.Next(10) switch
    {
        < 4 => -random.Next(10_000),
        4 => random.Next(9 * 60_000),
        5 => -random.Next(10 * 60_000),
        6 => -random.Next(60 * 60_000, 70 * 60_000),
        7 => -random.Next(75 * 60_000),
        _ => -random.NextInt64(Hour, 38 * Hour),
    };

    private static async Task CheckAsync(SeamRig rig, long step, string context)
    {
        foreach (bool byTag in (bool[])[true, false])
        {
            Agreement.Check(await rig.DifferenceAsync(rig.Time.NowMs - (40 * Hour), rig.Time.NowMs + (12 * Minute), step, byTag), context);
        }
    }
}
