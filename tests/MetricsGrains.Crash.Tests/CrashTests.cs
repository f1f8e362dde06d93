using System.Globalization;
using Xunit.Abstractions;

namespace MetricsGrains.Crash.Tests;

/// <summary>
/// The promise: no acknowledged point lost, none counted twice. The real process is killed with SIGKILL while it takes in, flushes, archives,
/// derives, starts and stops; afterwards every bucket of every series holds what was acknowledged, and of what was under way all or nothing.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Clients = 3;

    /// <summary>Of a client in a round: three clients' markers must fit into one answer of 1,000 groups.</summary>
    private const int MostRequests = 330;

    private enum Moment
    {
        Ingest,
        StoreWrite,
        StartUp,
        Stop,
    }

    [Fact]
    public async Task Kill_AtAnyMoment_EveryAcknowledgedPointCountsOnce()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("MG_CRASH_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 25;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("MG_CRASH_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next(100_000);
        var random = new Random(seed);
        var senders = new Senders(seed, Clients);
        SortedDictionary<string, int> kills = [], stores = [];
        using var data = new DataFolder();
        string context = $"MG_CRASH_SEED={seed}, {rounds} rounds";
        for (int round = 0; round < rounds; round++)
        {
            Moment moment = (round % 8) switch { 0 or 3 => Moment.Ingest, 2 or 6 => Moment.StartUp, 4 => Moment.Stop, _ => Moment.StoreWrite };
            string outcome = moment == Moment.StartUp ? await KillStartingAsync(data.Path, random) : await KillRunningAsync(data.Path, moment, round, senders, random);
            string store = StoreAfterKill.Describe(data.Path);
            kills[outcome] = kills.GetValueOrDefault(outcome) + 1;
            stores[store] = stores.GetValueOrDefault(store) + 1;
            Assert.True(senders.Fault is null, $"{context}, round {round}: {senders.Fault}");
        }
        Expected expected;
        await using (CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy))
        {
            await senders.SettleAsync(node);
            expected = new Expected(senders.All);
            Report(senders, kills, stores, expected, context);
            var api = new ApiComparison(node, expected);
            Agreement.Check(await api.DifferenceAsync(), context + "\n" + node.Output);
            await Eventually.SameAsync(api.RawDifferenceAsync, context);
            Assert.Equal(0, await node.StopAsync());
        }
        using (var file = new FileComparison(data.Path))
        {
            Agreement.Check(file.Difference(expected), context);
        }
        // What a stop wrote must not come back with the log at the next start.
        await using CrashNode again = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        Agreement.Check(await new ApiComparison(again, expected).DifferenceAsync(), context + ", after a stop");
    }

    private void Report(Senders senders, SortedDictionary<string, int> kills, SortedDictionary<string, int> stores, Expected expected, string context) => output.WriteLine(
        $"{context}; kills: {string.Join(", ", kills.Select(k => $"{k.Key} {k.Value}"))}; the store was left: {string.Join(", ", stores.Select(k => $"{k.Key} {k.Value}"))}; requests in: {senders.CountOf(Fate.In)}, out: {senders.CountOf(Fate.Out)} (refused {senders.Refused}); "
        + $"in flight at a kill: found in {senders.FoundIn}, found out {senders.FoundOut}, sent again under their key {senders.SentAgain}; samples {expected.Count}");

    /// <summary>Kills a node that starts, anywhere from its first instructions to the first moments after its replay.</summary>
    private static async Task<string> KillStartingAsync(string dataPath, Random random)
    {
        await using CrashNode node = CrashNode.Launch(dataPath, CrashNode.Busy);
        // The first open of the log marks the beginning of what is interesting: the runtime's own start takes most of the time.
        if (random.Next(4) == 0)
        {
            await Task.Delay(random.Next(600));
        }
        else
        {
            FileMark before = FileMark.Of(Path.Combine(dataPath, "metrics.db-wal"));
            await Task.WhenAny(node.WaitUntilReadyAsync(), Task.Run(() => FileMark.Of(Path.Combine(dataPath, "metrics.db-wal")).WaitForChange(before, TimeSpan.FromSeconds(20))));
            await Task.Delay(random.Next(random.Next(1, 500)));
        }
        bool ready = node.WaitUntilReadyAsync().IsCompleted;
        await node.KillAsync();
        return ready ? "just started" : "starting";
    }

    private static async Task<string> KillRunningAsync(string dataPath, Moment moment, int round, Senders senders, Random random)
    {
        await using CrashNode node = await CrashNode.StartAsync(dataPath, CrashNode.Busy);
        await senders.SettleAsync(node);
        Task sending = senders.SendAsync(node, round, MostRequests, CancellationToken.None);
        string outcome = moment.ToString();
        switch (moment)
        {
            case Moment.Ingest:
                await Task.Delay(random.Next(50, 1_500));
                break;
            case Moment.StoreWrite:
                await Task.Delay(random.Next(300));
                // The store's journal is written at every commit: rollups, raw blocks and derived hours, one after another.
                int writes = random.Next(1, 7);
                await Task.Run(() => WaitForWrites(Path.Combine(dataPath, "metrics.db-wal"), writes));
                Spin(TimeSpan.FromMilliseconds(random.NextDouble() * 12));
                break;
            default:
                await Task.Delay(random.Next(100, 500));
                await node.SignalAsync("TERM");
                await Task.Delay(random.Next(random.Next(1, 120)));
                outcome = node.HasExited ? "stopped before the kill" : outcome;
                break;
        }
        await node.KillAsync();
        await sending;
        return outcome;
    }

    private static void WaitForWrites(string path, int writes)
    {
        FileMark last = FileMark.Of(path);
        for (int i = 0; i < writes; i++)
        {
            last = last.WaitForChange(last, TimeSpan.FromSeconds(5));
        }
    }

    private static void Spin(TimeSpan time)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            Thread.Yield();
        }
    }
}
