using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Crash.Tests;

/// <summary>The disk is full: nothing is acknowledged that is not safe, the error says why, nothing breaks, and with room all goes on.</summary>
public sealed class DiskFullTests
{
    private const int Megabytes = 24;

    [SmallDiskFact]
    public async Task Fill_WhileTakingIn_RefusesThenRecoversWithNothingLost()
    {
        int seed = Random.Shared.Next(100_000);
        var senders = new Senders(seed, 3);
        using SmallDisk disk = SmallDisk.TryMount(Megabytes)!;
        await using CrashNode node = await CrashNode.StartAsync(disk.Path, CrashNode.Busy);
        int round = 0;
        await senders.SendAsync(node, round++, 30, CancellationToken.None);
        for (int time = 0; time < 3; time++)
        {
            await RefuseAsync(node, disk, senders, round++);
            // Reading goes on.
            Agreement.Check(await new ApiComparison(node, new Expected(senders.All)).DifferenceAsync(), $"seed {seed}, full\n{node.Output}");
            disk.MakeRoom();
            await Eventually.TrueAsync(async () => (await senders.SendOneAsync(node, round)).Status == 200, () => "it takes points again\n" + node.Output);
            await senders.SendAsync(node, round++, 30, CancellationToken.None);
        }
        await Eventually.TrueAsync(async () => (await node.GetAsync("/health/ready")).Status == 200, () => "it is ready again\n" + node.Output);
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(disk.Path), senders, $"seed {seed}, refused {senders.Refused}\n{node.Output}");
    }

    [SmallDiskFact]
    public async Task Fill_ThenKill_NextStartSaysWhyOrGoesOnAndNothingIsLost()
    {
        int seed = Random.Shared.Next(100_000);
        var senders = new Senders(seed, 3);
        using SmallDisk disk = SmallDisk.TryMount(Megabytes)!;
        await using (CrashNode node = await CrashNode.StartAsync(disk.Path, CrashNode.Busy))
        {
            await senders.SendAsync(node, 0, 30, CancellationToken.None);
            Task sending = senders.SendAsync(node, 1, 330, CancellationToken.None);
            await RefuseAsync(node, disk, senders, 1);
            await node.KillAsync();
            await sending;
        }
        // Wholly full: there is not even room for what a start writes. It ends with a message, or runs; it does not crash.
        disk.Fill(leaveBytes: 0);
        await using (CrashNode node = CrashNode.Launch(disk.Path, CrashNode.Busy))
        {
            Task<int> exit = node.WaitForExitAsync();
            if (await Task.WhenAny(exit, node.WaitUntilReadyAsync()) == exit)
            {
                Assert.True(await exit == 1 && node.Output.Contains("MetricsGrains can't start: ", StringComparison.Ordinal), $"exit code {await exit}:\n{node.Output}");
                Assert.DoesNotContain("Unhandled exception", node.Output, StringComparison.Ordinal);
            }
        }
        disk.MakeRoom();
        await using CrashNode again = await CrashNode.StartAsync(disk.Path, CrashNode.Busy);
        await senders.SettleAsync(again);
        await senders.SendAsync(again, 2, 30, CancellationToken.None);
        await Agreement.CheckAllAsync(again, new SqliteCrashStore(disk.Path), senders, $"seed {seed}, refused {senders.Refused}\n{again.Output}");
    }

    /// <summary>Fills the disk and sends until the node refuses, and on: it must go on refusing, with the reason.</summary>
    private static async Task RefuseAsync(CrashNode node, SmallDisk disk, Senders senders, int round)
    {
        (int Status, string Error) reply = default;
        await Eventually.TrueAsync(
            async () =>
            {
                disk.Fill(leaveBytes: 0);
                return (reply = await senders.SendOneAsync(node, round)).Status == 503;
            }, () => $"points are refused, last answer {reply}\n{node.Output}");
        Assert.Contains("Free space on that disk", reply.Error, StringComparison.Ordinal);
    }
}
