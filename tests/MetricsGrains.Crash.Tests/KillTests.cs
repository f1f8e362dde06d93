using System.Globalization;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;
using Xunit.Abstractions;

namespace MetricsGrains.Crash.Tests;

/// <summary>
/// The promise: no acknowledged point lost, none counted twice. The real process is killed with SIGKILL while it takes in, flushes, archives,
/// derives, folds, starts and stops; afterwards every bucket of every series holds what was acknowledged, and of what was under way all or nothing.
/// </summary>
public abstract class KillTests(ITestOutputHelper output)
{
    /// <summary>Kills on each of two stores, so that there are at least 25 in all; where there is only one store it gets all of them.</summary>
    private const int KillsOfTwo = 13, KillsOfOne = 25;

    private const int Clients = 3;

    /// <summary>Of a client in a round: three clients' markers must fit into one answer of 1,000 groups.</summary>
    private const int MostRequests = 330;

    private readonly SortedDictionary<string, int> _kills = [];
    private readonly SortedDictionary<string, int> _meanwhile = [];

    private enum Moment
    {
        Ingest,
        StoreWrite,
        StartUp,
        Stop,
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : otherwise;

    private protected async Task KillAtAnyMomentAsync(string dataPath, ICrashStore store)
    {
        int kills = Number("MG_CRASH_ROUNDS", PostgresCluster.Missing is null ? KillsOfTwo : KillsOfOne), seed = Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        var random = new Random(seed);
        var senders = new Senders(seed, Clients);
        string context = $"MG_CRASH_SEED={seed}, {kills} kills";
        int killed = 0;
        for (int round = 0; killed < kills; round++)
        {
            Assert.True(round < 10 + (2 * kills), $"{context}: too many rounds end without a kill: {Describe(_kills)}");
            Moment moment = (round % 8) switch { 0 or 3 => Moment.Ingest, 2 or 6 => Moment.StartUp, 4 => Moment.Stop, _ => Moment.StoreWrite };
            killed += await (moment == Moment.StartUp ? KillStartingAsync(dataPath, store, random) : KillRunningAsync(dataPath, store, moment, round, senders, random)) ? 1 : 0;
            Assert.True(senders.Fault is null, $"{context}, round {round}: {senders.Fault}");
        }
        Expected expected;
        await using (CrashNode node = await StartAsync(dataPath, store))
        {
            await senders.SettleAsync(node);
            expected = new Expected(senders.All);
            Report(senders, expected, $"{context} done {killed}");
            var api = new ApiComparison(node, expected);
            Agreement.Check(await api.DifferenceAsync(), context + "\n" + node.Output);
            await Eventually.SameAsync(api.RawDifferenceAsync, context);
            Assert.Equal(0, await node.StopAsync());
        }
        Agreement.Check(await StoreComparison.DifferenceAsync(store, expected), context);
        // What a stop wrote must not come back with the log at the next start.
        await using CrashNode again = await StartAsync(dataPath, store);
        Agreement.Check(await new ApiComparison(again, expected).DifferenceAsync(), context + ", after a stop");
    }

    private static string Describe(SortedDictionary<string, int> counts) => string.Join(", ", counts.Select(k => $"{k.Key} {k.Value}"));

    private void Report(Senders senders, Expected expected, string context) => output.WriteLine(
        $"{context}; killed at: {Describe(_kills)}; the store meanwhile: {Describe(_meanwhile)}; requests in: {senders.CountOf(Fate.In)}, out: {senders.CountOf(Fate.Out)} (refused {senders.Refused}); "
        + $"in flight at a kill: found in {senders.FoundIn}, found out {senders.FoundOut}, sent again under their key {senders.SentAgain}; samples {expected.Count}");

    private static Task<CrashNode> StartAsync(string dataPath, ICrashStore store) => CrashNode.StartAsync(dataPath, [.. CrashNode.Busy, .. store.Settings]);

    /// <summary>Kills a node that starts, anywhere from its first instructions to the first moments after its replay.</summary>
    private async Task<bool> KillStartingAsync(string dataPath, ICrashStore store, Random random)
    {
        await using CrashNode node = CrashNode.Launch(dataPath, [.. CrashNode.Busy, .. store.Settings]);
        // The first touch of the store marks the beginning of what is interesting: the runtime's own start takes most of the time.
        if (random.Next(4) == 0)
        {
            await Task.Delay(random.Next(600));
        }
        else
        {
            await Task.WhenAny(node.WaitUntilReadyAsync(), store.WaitForOpenAsync(TimeSpan.FromSeconds(20)));
            await Task.Delay(random.Next(random.Next(1, 500)));
        }
        bool ready = node.WaitUntilReadyAsync().IsCompleted;
        return await KillAsync(node, store, ready ? "just started" : "starting");
    }

    private async Task<bool> KillRunningAsync(string dataPath, ICrashStore store, Moment moment, int round, Senders senders, Random random)
    {
        await using CrashNode node = await StartAsync(dataPath, store);
        await senders.SettleAsync(node);
        Task sending = senders.SendAsync(node, round, MostRequests, CancellationToken.None);
        switch (moment)
        {
            case Moment.Ingest:
                await Task.Delay(random.Next(50, 1_500));
                break;
            case Moment.StoreWrite:
                await Task.Delay(random.Next(300));
                await store.WaitForWritesAsync(random.Next(1, 7));
                Spin(TimeSpan.FromMilliseconds(random.NextDouble() * 12));
                break;
            default:
                await Task.Delay(random.Next(100, 500));
                await node.SignalAsync("TERM");
                await Task.Delay(random.Next(random.Next(1, 120)));
                break;
        }
        bool killed = await KillAsync(node, store, moment.ToString());
        await sending;
        return killed;
    }

    /// <returns>False: the node had ended before.</returns>
    private async Task<bool> KillAsync(CrashNode node, ICrashStore store, string moment)
    {
        bool ended = false;
        string meanwhile = await store.WatchAsync(async () => ended = !await node.KillAsync());
        string outcome = ended ? moment + ", but it ended before" : moment;
        _kills[outcome] = _kills.GetValueOrDefault(outcome) + 1;
        _meanwhile[meanwhile] = _meanwhile.GetValueOrDefault(meanwhile) + (ended ? 0 : 1);
        return !ended;
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

/// <summary>On the store of a single machine.</summary>
public sealed class SqliteKillTests(ITestOutputHelper output) : KillTests(output)
{
    [Fact]
    public async Task Kill_AtAnyMoment_EveryAcknowledgedPointCountsOnce()
    {
        using var data = new DataFolder();
        await KillAtAnyMomentAsync(data.Path, new SqliteCrashStore(data.Path));
    }
}

/// <summary>On PostgreSQL, where a killed node's last commit may outlive it.</summary>
public sealed class PostgresKillTests(PostgresClusterFixture fixture, ITestOutputHelper output) : KillTests(output), IClassFixture<PostgresClusterFixture>
{
    [PostgresFact]
    public async Task Kill_AtAnyMoment_EveryAcknowledgedPointCountsOnce()
    {
        using var data = new DataFolder();
        await KillAtAnyMomentAsync(data.Path, await PostgresCrashStore.CreateAsync(fixture.Cluster));
    }
}
