using System.Diagnostics;
using System.Globalization;
using MetricsGrains.Testbed;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>One node, or the silos of a cluster, in processes of their own over a database that they share and that was empty.</summary>
internal sealed class ClusterUnderLoad : IAsyncDisposable
{
    private static int s_made;

    private readonly string _folder = Directory.CreateTempSubdirectory("metricsgrains-bench-").FullName;
    private readonly string _database;
    private readonly string[] _settings;
    private readonly SortedDictionary<int, NodeUnderLoad> _nodes = [];

    private ClusterUnderLoad(string database, string[] settings) => (_database, _settings) = (database, settings);

    /// <summary>Those that run, by their place.</summary>
    public IReadOnlyList<NodeUnderLoad> Nodes => [.. _nodes.Values];

    /// <summary>Processor time of all that run, user and system.</summary>
    public TimeSpan CpuTime => TimeSpan.FromTicks(Nodes.Sum(n => n.CpuTime.Ticks));

    /// <summary>The disk writes of the database are on, as they would be.</summary>
    public static Task<PostgresCluster> StartPostgresAsync() => PostgresCluster.StartAsync("fsync=on", "full_page_writes=on");

    /// <summary>The node without a cluster.</summary>
    public static async Task<ClusterUnderLoad> StartNodeAsync(PostgresCluster postgres)
    {
        ClusterUnderLoad made = await CreateAsync(postgres, []);
        made._nodes[0] = await NodeUnderLoad.StartOverAsync(made.FolderOf(0), made.SettingsOf(0));
        return made;
    }

    public static async Task<ClusterUnderLoad> StartSilosAsync(PostgresCluster postgres, int silos, params string[] settings)
    {
        ClusterUnderLoad made = await CreateAsync(postgres, ["--MetricsGrains:Cluster:AdvertisedAddress=127.0.0.1", .. settings]);
        try
        {
            for (int place = 0; place < silos; place++)
            {
                await made.StartSiloAsync(place, siloPort: 0);
            }
            await made.WaitAsync(async () => (await Task.WhenAll(made.Nodes.Select(ClusterSight.LookAsync))).All(s => s.Silos.Count == silos), "every silo sees the others");
            // One whose log is copied takes nothing in before it has found who keeps the copy.
            await made.WaitAsync(async () => (await Task.WhenAll(made.Nodes.Select(IsReadyAsync))).All(ready => ready), "every silo is ready");
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo, the first time or again over its folder.</summary>
    /// <param name="siloPort">0: any that is free. A silo that comes back at its port has the metrics again that it had.</param>
    public async Task<NodeUnderLoad> StartSiloAsync(int place, int siloPort)
    {
        string port = siloPort.ToString(CultureInfo.InvariantCulture);
        return _nodes[place] = await NodeUnderLoad.StartSiloOverAsync(FolderOf(place), [.. SettingsOf(place), $"--MetricsGrains:Cluster:SiloPort={port}"]);
    }

    /// <summary>kill -9.</summary>
    public void Kill(int place)
    {
        if (_nodes.Remove(place, out NodeUnderLoad? node))
        {
            node.Dispose();
        }
    }

    /// <summary>Waits until so many points were taken in or refused, and every record of every log is with the grains.</summary>
    /// <param name="points">Since the processes began: accepted and rejected.</param>
    public Task SettleAsync(double points) => WaitAsync(
        async () => await AcceptedAsync() + await RejectedAsync() >= points && (await SumAsync("metricsgrains_log_lag")) == 0, "all is taken in and nothing lags");

    /// <summary>What the silos tell of themselves counts too: some dozens of points every ten seconds.</summary>
    public Task<double> AcceptedAsync() => SumAsync("metricsgrains_ingest_accepted_total");

    public Task<double> RejectedAsync() => SumAsync("metricsgrains_ingest_rejected_total");

    /// <summary>Sum of a counter of all that run; see <see cref="NodeUnderLoad.CounterAsync"/>.</summary>
    public async Task<double> SumAsync(string counter) => (await Task.WhenAll(Nodes.Select(n => n.CounterAsync(counter)))).Sum();

    /// <summary>How many silos the table of silos has as active.</summary>
    public async Task<int> CountActiveAsync() => (int)(long)(await PostgresCluster.ExecuteAsync(_database, "SELECT count(*) FROM orleans_silo WHERE status = 3"))!;

    /// <summary>What all processes together use while nobody wants anything, in cores.</summary>
    public async Task<double> IdleCoresAsync(TimeSpan during)
    {
        TimeSpan before = CpuTime;
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(during);
        return (CpuTime - before) / Stopwatch.GetElapsedTime(began);
    }

    /// <param name="pause">Between two looks; a tenth of a second where nothing is said.</param>
    public async Task WaitAsync(Func<Task<bool>> condition, string what, TimeSpan? pause = null)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(5))
            {
                throw new InvalidOperationException($"five minutes, and not yet: {what}");
            }
            await Task.Delay(pause ?? TimeSpan.FromMilliseconds(100));
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (int place in _nodes.Keys.ToArray())
        {
            Kill(place);
        }
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<bool> IsReadyAsync(NodeUnderLoad node)
    {
        using HttpResponseMessage answer = await node.Http.GetAsync("/health/ready");
        return answer.IsSuccessStatusCode;
    }

    private static async Task<ClusterUnderLoad> CreateAsync(PostgresCluster postgres, string[] settings) =>
        new(await postgres.CreateDatabaseAsync($"bench_{Interlocked.Increment(ref s_made)}"), settings);

    private string FolderOf(int place) => Directory.CreateDirectory(Path.Combine(_folder, place.ToString(CultureInfo.InvariantCulture))).FullName;

    private string[] SettingsOf(int place) => [$"--MetricsGrains:Store:ConnectionString={_database}", $"--MetricsGrains:NodeName=silo-{place}", .. _settings];
}
