using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Crash.Tests;

/// <summary>A process that stands still (SIGSTOP, a suspended laptop, a paused virtual machine) while the clock goes on.</summary>
public sealed class PauseTests
{
    [Fact]
    public async Task Pause_WhileTakingInAndFlushing_NothingIsLostOrCountedTwice()
    {
        int seed = Random.Shared.Next(100_000);
        var random = new Random(seed);
        var senders = new Senders(seed, 3);
        using var data = new DataFolder();
        using var stop = new CancellationTokenSource();
        await using CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        Task sending = senders.SendAsync(node, 0, 330, stop.Token);
        for (int pause = 0; pause < 3; pause++)
        {
            await Task.Delay(random.Next(100, 400));
            await node.SignalAsync("STOP");
            await Task.Delay(random.Next(1_500, 4_000));
            await node.SignalAsync("CONT");
        }
        await Task.Delay(300);
        await stop.CancelAsync();
        await sending;
        Assert.Equal(0, senders.CountOf(Fate.InDoubt));
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(data.Path), senders, $"seed {seed}");
    }
}
