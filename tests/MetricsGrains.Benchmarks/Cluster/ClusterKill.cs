using System.Diagnostics;
using MetricsGrains.Core.Model;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Testbed;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>
/// One of three silos dies: how long until its metrics are answered for again by the two that live, with all their points, when somebody asks and when nobody does;
/// and how long until it has its share back when it returns. All points went in through the two, so what the dead one's log alone had plays no part.
/// </summary>
internal sealed class ClusterKill(int metrics)
{
    private const int Victim = 2;
    private const int AskedAtOnce = 16;

    /// <summary>While silos come back: enough to notice, and not so much that asking is what takes the time.</summary>
    private const int AskedMeanwhile = 4;

    /// <summary>A look takes a turn of every grain there is: often, it would be most of what the silos do.</summary>
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Spread> _figures = [];

    public static async Task RunAsync(int metrics, int rounds)
    {
        await using PostgresCluster postgres = await ClusterUnderLoad.StartPostgresAsync();
        var kill = new ClusterKill(metrics);
        for (int round = 1; round <= rounds; round++)
        {
            Console.WriteLine($"round {round}, {metrics:N0} metrics, load average {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
            await using ClusterUnderLoad cluster = await ClusterUnderLoad.StartSilosAsync(postgres, 3);
            await kill.RoundAsync(cluster);
        }
        Console.WriteLine($"median of {rounds} rounds (least–most):");
        foreach ((string what, Spread spread) in kill._figures)
        {
            Console.WriteLine($"  {what}: {spread.Text("0.00")}");
        }
    }

    private async Task RoundAsync(ClusterUnderLoad cluster)
    {
        var load = new KillLoad(metrics);
        NodeUnderLoad[] living = [.. cluster.Nodes.Take(Victim)];
        await LoadAsync(cluster, load, living);
        var asker = new MetricAsker(load, turn => living[turn % living.Length], AskedAtOnce);
        await MeasureAsync("asked for once, nothing moves", living, asker.AskAllAsync);
        Say(asker);
        Note("idle, ms of a core a second, two of the silos", await IdleAsync(living));

        ClusterSight before = await ClusterSight.LookAsync(living[0]);
        SiloSight victim = before.Silos[$"silo-{Victim}"];
        int moved = CountAt(victim.Id, before);
        Note("metrics that move", moved);
        await KillAskedAsync(cluster, load, living, moved);
        await ReturnAsync(cluster, load, living, victim.Port);
        await KillUnaskedAsync(cluster, load, living, moved);
    }

    /// <summary>Minutes of which the store has some, and a last one that it does not have.</summary>
    private async Task LoadAsync(ClusterUnderLoad cluster, KillLoad load, NodeUnderLoad[] living)
    {
        double accepted = await cluster.AcceptedAsync();
        foreach (int minutes in (int[])[4, 3, 2])
        {
            await MeasureAsync(minutes == 4 ? "first point of each metric: activated, and in step" : "", cluster.Nodes, async () =>
            {
                await load.SendAsync(living, TimeSpan.FromMinutes(minutes));
                await cluster.SettleAsync(accepted + ((double)load.PointsEach * metrics));
            });
        }
        await cluster.WaitAsync(async () => await cluster.SumAsync("metricsgrains_flush_rows_total") >= metrics, "the store has minutes of the metrics");
        await load.SendAsync(living, TimeSpan.FromSeconds(1));
        await load.SendAsync(living, TimeSpan.Zero);
        await cluster.SettleAsync(accepted + ((double)load.PointsEach * metrics));
    }

    private async Task KillAskedAsync(ClusterUnderLoad cluster, KillLoad load, NodeUnderLoad[] living, int moved)
    {
        var asker = new MetricAsker(load, turn => living[turn % living.Length], AskedAtOnce);
        cluster.Kill(Victim);
        TimeSpan cpu = CpuOf(living);
        long killed = Stopwatch.GetTimestamp();
        Task noticed = NoticeAsync(cluster, living, killed, "asked");
        Note("killed, asked: every metric answered for, s", (await asker.AskAllAsync()).Max().TotalSeconds);
        double used = (CpuOf(living) - cpu).TotalSeconds;
        Note("killed, asked: longest query, s", asker.Longest.TotalSeconds);
        Note("killed, asked: CPU seconds of the two until then", used);
        Note("killed, asked: CPU ms until then per metric that moved", used * 1000 / moved);
        Say(asker);
        await noticed;
        await AwaitInStepAsync(cluster, living[0], 2);
        Note("killed, asked: nothing is behind any more, s", Stopwatch.GetElapsedTime(killed).TotalSeconds);
    }

    private async Task ReturnAsync(ClusterUnderLoad cluster, KillLoad load, NodeUnderLoad[] living, int port)
    {
        using var stop = new CancellationTokenSource();
        IReadOnlyList<NodeUnderLoad> up = living;
        var asker = new MetricAsker(load, turn => up[turn % up.Count], AskedMeanwhile);
        Task asking = asker.AskUntilAsync(stop.Token);
        long started = Stopwatch.GetTimestamp();
        NodeUnderLoad back = await cluster.StartSiloAsync(Victim, port);
        double ready = Stopwatch.GetElapsedTime(started).TotalSeconds;
        up = [.. living, back];
        Note("back: ready, s", ready);
        await AwaitInStepAsync(cluster, living[0], 3);
        Note("back: has its share, s", Stopwatch.GetElapsedTime(started).TotalSeconds);
        await stop.CancelAsync();
        await asking;
        Note("back: queries meanwhile that failed", asker.Failed);
        Note("back: longest query, s", asker.Longest.TotalSeconds);
        Say(asker);
    }

    private async Task KillUnaskedAsync(ClusterUnderLoad cluster, KillLoad load, NodeUnderLoad[] living, int moved)
    {
        cluster.Kill(Victim);
        TimeSpan cpu = CpuOf(living);
        long killed = Stopwatch.GetTimestamp();
        await NoticeAsync(cluster, living, killed, "not asked");
        await AwaitInStepAsync(cluster, living[0], 2);
        double used = (CpuOf(living) - cpu).TotalSeconds;
        Note("killed, not asked: all metrics active and nothing behind, s", Stopwatch.GetElapsedTime(killed).TotalSeconds);
        Note("killed, not asked: CPU seconds of the two until then", used);
        Note("killed, not asked: CPU ms until then per metric that moved", used * 1000 / moved);
        var asker = new MetricAsker(load, turn => living[turn % living.Length], AskedAtOnce);
        await asker.AskAllAsync();
        Say(asker);
    }

    /// <summary>By the table of silos, since asking all silos, of which one is silent, takes longer than this; and by what the two say then.</summary>
    private async Task NoticeAsync(ClusterUnderLoad cluster, NodeUnderLoad[] living, long killed, string kind)
    {
        await cluster.WaitAsync(async () => await cluster.CountActiveAsync() == living.Length, "the silo is declared dead");
        Note($"killed, {kind}: declared dead, s", Stopwatch.GetElapsedTime(killed).TotalSeconds);
        await cluster.WaitAsync(async () => (await Task.WhenAll(living.Select(ClusterSight.LookAsync))).All(s => s.Silos.Count == living.Length), "the two know of it");
        Note($"killed, {kind}: GET /api/v1/cluster of both shows two silos, s", Stopwatch.GetElapsedTime(killed).TotalSeconds);
    }

    /// <summary>Waits until every silo has in memory what belongs to it, and every log's records are with the grains. Asks no grain for anything but its presence.</summary>
    private async Task AwaitInStepAsync(ClusterUnderLoad cluster, NodeUnderLoad asked, int silos) => await cluster.WaitAsync(
        async () => await ClusterSight.LookAsync(asked) is { Behind: 0 } sight && sight.Silos.Count == silos && sight.Silos.Values.All(s => s.Metrics >= CountAt(s.Id, sight)), "every metric lives where it belongs, and nothing is behind", s_lookEvery);

    /// <returns>How many of the metrics belong to a silo.</returns>
    private int CountAt(string silo, ClusterSight sight)
    {
        SiloId[] silos = [.. sight.Silos.Values.Select(s => new SiloId(s.Id))];
        return Enumerable.Range(0, metrics).Count(m => Rendezvous.HomeOf(StableHash.Of(KillLoad.NameOf(m)), silos).Value == silo);
    }

    private async Task MeasureAsync(string what, IReadOnlyList<NodeUnderLoad> nodes, Func<Task> work)
    {
        TimeSpan cpu = CpuOf(nodes);
        long began = Stopwatch.GetTimestamp();
        await work();
        if (what.Length > 0)
        {
            Note(what + ", s", Stopwatch.GetElapsedTime(began).TotalSeconds);
            Note(what + ", CPU ms a metric", (CpuOf(nodes) - cpu).TotalMilliseconds / metrics);
        }
    }

    /// <summary>Once it gets no less: for half a minute after the first work there is more of the runtime's compiler in it than of anything else.</summary>
    private static async Task<double> IdleAsync(NodeUnderLoad[] nodes)
    {
        const int Most = 9;
        const double AsGood = 0.9;
        double least = double.MaxValue;
        for (int look = 0; ; look++)
        {
            TimeSpan cpu = CpuOf(nodes);
            long began = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromSeconds(10));
            double used = (CpuOf(nodes) - cpu) / Stopwatch.GetElapsedTime(began) * 1000;
            if (look == Most || used > least * AsGood)
            {
                return Math.Min(used, least);
            }
            least = used;
        }
    }

    private static TimeSpan CpuOf(IReadOnlyList<NodeUnderLoad> nodes) => TimeSpan.FromTicks(nodes.Sum(n => n.CpuTime.Ticks));

    private void Note(string what, double value)
    {
        Console.WriteLine($"  {what}: {value:0.00}");
        if (!_figures.TryGetValue(what, out Spread? spread))
        {
            _figures.Add(what, spread = new Spread());
        }
        spread.Add(value);
    }

    private static void Say(MetricAsker asker) =>
        Console.WriteLine($"    {asker.Asked:N0} queries, {asker.Failed:N0} failed, {asker.Wrong:N0} wrong{(asker.Fault.Length > 0 ? $"; the first: {asker.Fault}" : "")}");
}
