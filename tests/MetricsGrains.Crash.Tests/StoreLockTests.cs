using MetricsGrains.Crash.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Crash.Tests;

/// <summary>Another process holds the store's file: ingest goes on into the log, the node says it is not ready and why, and catches up by itself.</summary>
public sealed class StoreLockTests
{
    [Fact]
    public async Task Lock_ByAnotherProcess_IngestGoesOnAndTheStoreCatchesUp()
    {
        int seed = Random.Shared.Next(100_000);
        var senders = new Senders(seed, 3);
        using var data = new DataFolder();
        // As users have it: between two attempts there is time in which nothing is written.
        await using CrashNode node = await CrashNode.StartAsync(data.Path, "Flush:Interval=10s", "Flush:RawInterval=00:00:00.2");
        await senders.SendAsync(node, 0, 20, CancellationToken.None);
        await node.ReadinessAsync(200);

        await using (SqliteConnection locker = LockExclusively(data.Path))
        {
            await senders.SendAsync(node, 1, 100, CancellationToken.None);
            string reason = await node.ReadinessAsync(503);
            Assert.Contains("the store does not take writes", reason, StringComparison.Ordinal);
            // Not ready until it is: not for a moment in between two attempts.
            for (int i = 0; i < 60; i++)
            {
                Assert.Equal(503, (await node.GetAsync("/health/ready")).Status);
                await Task.Delay(50);
            }
            await senders.SendAsync(node, 2, 100, CancellationToken.None);
            Assert.Equal(0, senders.CountOf(Fate.Out) + senders.CountOf(Fate.InDoubt));
            // All of it is in the answers meanwhile, the late samples too.
            Agreement.Check(await new ApiComparison(node, new Expected(senders.All)).DifferenceAsync(), $"seed {seed}, locked\n{node.Output}");
        }

        await node.ReadinessAsync(200);
        await node.SaysAsync("The store takes writes again");
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(data.Path), senders, $"seed {seed}");
    }

    [Fact]
    public async Task Lock_UntilTheNodeIsKilled_TheLogBringsEverythingBack()
    {
        int seed = Random.Shared.Next(100_000);
        var senders = new Senders(seed, 2);
        using var data = new DataFolder();
        await using (CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy))
        {
            await senders.SendAsync(node, 0, 30, CancellationToken.None);
            await using SqliteConnection locker = LockExclusively(data.Path);
            await senders.SendAsync(node, 1, 50, CancellationToken.None);
            await node.ReadinessAsync(503);
            await node.KillAsync();
        }
        await using CrashNode again = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        await senders.SettleAsync(again);
        await Agreement.CheckAllAsync(again, new SqliteCrashStore(data.Path), senders, $"seed {seed}");
    }

    /// <summary>Long before the log is full, rows may fill the memory: refused in time, and nothing that was taken is dropped.</summary>
    [Fact]
    public async Task Lock_UntilWaitingRowsFillTheirMemory_RefusesThenCatchesUp()
    {
        int seed = Random.Shared.Next(100_000);
        var senders = new Senders(seed, 3);
        using var data = new DataFolder();
        await using CrashNode node = await CrashNode.StartAsync(data.Path, [.. CrashNode.Busy, "Limits:PendingBytes=1048576"]);
        await senders.SendAsync(node, 0, 20, CancellationToken.None);
        (int Status, string Error) reply = default;
        await using (SqliteConnection locker = LockExclusively(data.Path))
        {
            Assert.Equal(200, (await senders.SendLateAsync(node, 1, 8_000)).Status);
            await Eventually.TrueAsync(async () => (reply = await senders.SendOneAsync(node, 1)).Status == 503, () => $"points are refused, last answer {reply}\n{node.Output}");
            Assert.Contains("Limits:PendingBytes", reply.Error, StringComparison.Ordinal);
            Assert.Contains("nothing is taken in: ", await node.ReadinessAsync(503), StringComparison.Ordinal);
        }
        await Eventually.TrueAsync(async () => (reply = await senders.SendOneAsync(node, 2)).Status == 200, () => $"points are taken in again, last answer {reply}\n{node.Output}");
        await node.ReadinessAsync(200);
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(data.Path), senders, $"seed {seed}, refused {senders.Refused}");
    }

    internal static SqliteConnection LockExclusively(string dataPath)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataPath, "metrics.db"), Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 60000; BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        return connection;
    }
}
