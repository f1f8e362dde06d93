using System.Diagnostics;
using MetricsGrains.Testbed;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>
/// What a hop costs: the same load sent to a node, to one, two and three silos, and to silos that copy their logs, as points over the processor seconds of all
/// processes together (the database's not among them) until every record is with its grain. Each silo is sent an even part of every series, so of n silos
/// (n-1)/n of the points are another silo's. In rounds, since a shared machine is never the same for two minutes.
/// </summary>
internal static class ClusterIngest
{
    /// <summary>So that each of one, two or three silos has the same number, and the parsers the same work.</summary>
    private const int Senders = 6;

    private const int PerRequest = 5_000;

    private static readonly string[] s_replicated = ["--MetricsGrains:Durability=Replicated"];

    private static readonly (string Name, int Silos, string[] Settings)[] s_setups =
    [
        ("node", 0, []),
        ("1 silo", 1, []),
        ("2 silos", 2, []),
        ("3 silos", 3, []),
        ("2 silos, Replicated", 2, s_replicated),
        ("3 silos, Replicated", 3, s_replicated),
    ];

    /// <param name="protocol">"statsd" (over TCP) or "ndjson" (over HTTP, where a request waits until it is answered).</param>
    /// <param name="only">The one of <see cref="s_setups"/> to measure; null: all.</param>
    public static async Task RunAsync(int points, int series, int rounds, string protocol, string? only)
    {
        (string Name, int Silos, string[] Settings)[] setups = [.. s_setups.Where(s => only is null || s.Name == only)];
        byte[][] load = protocol switch
        {
            "statsd" => [.. IngestLoad.StatsDChunks(series)],
            "ndjson" => [.. Enumerable.Range(0, Math.Max(1, series / PerRequest)).Select(n => IngestLoad.NdjsonBody(n * PerRequest, PerRequest, series))],
            _ => throw new ArgumentException($"'{protocol}' must be statsd or ndjson"),
        };
        await using PostgresCluster postgres = await ClusterUnderLoad.StartPostgresAsync();
        Dictionary<string, (Spread PerCore, Spread ToOneSilo, Spread Seconds, Spread Idle)> figures = setups.ToDictionary(s => s.Name, _ => (new Spread(), new Spread(), new Spread(), new Spread()));
        for (int round = 1; round <= rounds; round++)
        {
            Console.WriteLine($"round {round}, {protocol}, load average {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
            double oneSilo = double.NaN;
            var perCores = new List<(string Name, double PerCore)>();
            foreach ((string name, int silos, string[] settings) in setups)
            {
                await using ClusterUnderLoad cluster = silos == 0 ? await ClusterUnderLoad.StartNodeAsync(postgres) : await ClusterUnderLoad.StartSilosAsync(postgres, silos, settings);
                int warming = await WarmUpAsync(cluster, protocol, load, Math.Min(points, 1_000_000), series);
                TimeSpan cpu = cluster.CpuTime;
                long began = Stopwatch.GetTimestamp();
                long sent = await SendAsync(cluster, protocol, load, points, series);
                TimeSpan took = Stopwatch.GetElapsedTime(began), used = cluster.CpuTime - cpu;
                double perCore = sent / used.TotalSeconds;
                perCores.Add((name, perCore));
                oneSilo = silos == 1 && settings.Length == 0 ? perCore : oneSilo;
                // Until the minutes that were sent are in the store, or what is measured is that.
                await Task.Delay(TimeSpan.FromSeconds(12));
                double idle = await cluster.IdleCoresAsync(TimeSpan.FromSeconds(8));
                figures[name].PerCore.Add(perCore);
                figures[name].Seconds.Add(took.TotalSeconds);
                figures[name].Idle.Add(idle * 1000);
                Console.WriteLine($"  {name}: {sent:N0} points of {series:N0} series, {used.TotalSeconds:0.00} core-seconds in {took.TotalSeconds:0.0} s, {perCore:N0} points per core-second; idle {idle * 1000:0} ms of a core a second; warm after {warming} parts");
            }
            foreach ((string name, double perCore) in perCores)
            {
                figures[name].ToOneSilo.Add(perCore / oneSilo);
            }
        }
        Console.WriteLine($"median of {rounds} rounds (least–most):");
        foreach ((string name, (Spread perCore, Spread toOneSilo, Spread seconds, Spread idle)) in figures)
        {
            Console.WriteLine($"  {name}: {perCore.Text("N0")} points per core-second, {toOneSilo.Text("0.00")} of one silo's; {seconds.Text("0.0")} s; idle {idle.Text("0")} ms of a core a second, all processes");
        }
    }

    /// <summary>
    /// Until a part costs no less than the one before. Not a fixed number of points: on a busy machine the runtime's background compiler comes late, and of several
    /// processes that begin at once each runs its parser unoptimised for half a minute, which looked like a hop five times as dear as it is.
    /// </summary>
    /// <returns>How many parts it took.</returns>
    private static async Task<int> WarmUpAsync(ClusterUnderLoad cluster, string protocol, byte[][] load, int points, int series)
    {
        const int Least = 6, Most = 16;
        const double AsGood = 0.95;
        double least = double.MaxValue;
        for (int part = 1; ; part++)
        {
            TimeSpan cpu = cluster.CpuTime;
            await SendAsync(cluster, protocol, load, points, series);
            double used = (cluster.CpuTime - cpu).TotalSeconds;
            // It compiles what was called often once nothing new has been called for a tenth of a second.
            await Task.Delay(TimeSpan.FromSeconds(1));
            if (part == Most || (part >= Least && used > least * AsGood))
            {
                return part;
            }
            least = Math.Min(least, used);
        }
    }

    /// <returns>How many points were sent: all of them are with their grains.</returns>
    private static async Task<long> SendAsync(ClusterUnderLoad cluster, string protocol, byte[][] load, int points, int series)
    {
        double before = await cluster.AcceptedAsync(), refused = await cluster.RejectedAsync();
        IReadOnlyList<NodeUnderLoad> nodes = cluster.Nodes;
        long sent;
        if (protocol == "statsd")
        {
            int each = Math.Max(1, points / series / Senders);
            sent = (long)each * series * Senders;
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(i => IngestLoad.SendRoundsAsync(nodes[i % nodes.Count], load, each)));
        }
        else
        {
            int each = Math.Max(1, points / PerRequest / nodes.Count);
            sent = (long)each * PerRequest * nodes.Count;
            await Task.WhenAll(nodes.Select(n => IngestLoad.PostRoundsAsync(n, load, each, Senders / nodes.Count)));
        }
        await cluster.SettleAsync(before + refused + sent);
        if (await cluster.RejectedAsync() is { } now && now > refused)
        {
            Console.WriteLine($"  {now - refused:N0} points of these were REFUSED");
        }
        return sent;
    }
}
