using System.Globalization;
using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace MetricsGrains.Silo.Tests;

/// <summary>Two silos in this process, started as the program starts one, over a database of their own. Whatever a test appends is logged at the first.</summary>
internal sealed class OrleansGrainsHarness : LoggedGrainsHarness
{
    private const int Silos = 2;

    private readonly List<(OrleansHosting Hosting, IGrainHost Host, PostgresStore Store)> _silos = [];
    private readonly MetricGrainOptions _options;
    private readonly IngestMeters _meters = new();

    private OrleansGrainsHarness(MetricGrainOptions options) => _options = options;

    public static async Task<GrainsHarness> StartAsync(PostgresClusterFixture fixture, MetricGrainOptions options)
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        var harness = new OrleansGrainsHarness(options);
        for (int place = 0; place < Silos; place++)
        {
            await harness.StartAsync(store, $"silo-{place}");
        }
        // Else metrics would move while a test appends, which the contract is not about.
        await Eventually.TrueAsync(
            () => Task.FromResult(harness._silos.All(s => s.Hosting.Silo.GetRequiredService<OrleansPeers>().Silos.Count == Silos)), () => "the silos see each other");
        return harness;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach ((_, IGrainHost host, PostgresStore store) in _silos)
        {
            await host.DisposeAsync();
            await store.DisposeAsync();
        }
        // Orleans' providers leave theirs open for minutes, and each test has a database of its own: the server has no room for all of them.
        NpgsqlConnection.ClearAllPools();
        _meters.Dispose();
    }

    protected override IGrains Begin(string origin, IRecordLog log)
    {
        IServiceProvider silo = _silos[0].Hosting.Silo;
        (SiloParts parts, OrleansPeers peers) = (silo.GetRequiredService<SiloParts>(), silo.GetRequiredService<OrleansPeers>());
        var dispatch = new OriginDispatch(
            origin, long.MinValue, log, peers, _options.LiveWindow, new ClusterTimings { Call = TimeSpan.FromSeconds(30) }, TimeProvider.System, NullLogger<OriginDispatch>.Instance);
        parts.Origins.Add(dispatch);
        dispatch.Start();
        dispatch.EndReplay();
        return new ClusterGrainHost(dispatch, parts.Members, peers, TimeProvider.System, () => Task.CompletedTask);
    }

    private async Task StartAsync(PostgresCrashStore database, string name)
    {
        string[] settings = [.. database.Settings, "Cluster:SiloPort=0", "Cluster:AdvertisedAddress=127.0.0.1", $"NodeName={name}", $"Cardinality:MaxSeriesPerMetric={_options.MaxSeries.ToString(CultureInfo.InvariantCulture)}"];
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).ToDictionary(s => $"{NodeOptions.Section}:{s[0]}", s => (string?)s[1])).Build();
        var options = NodeOptions.Read(configuration, isSilo: true, out IReadOnlyList<string> mistakes);
        Assert.Empty(mistakes);
        Assert.Equal(_options, options.Grains.Defaults);
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = options.StoreConnectionString }, TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
        var hosting = new OrleansHosting(options, NullLoggerFactory.Instance);
        IGrainHost host = await hosting.StartAsync(
            new GrainHostStart(options, new RecordLog(), name, [], long.MinValue, false, store, TimeProvider.System, NullLoggerFactory.Instance, _meters), CancellationToken.None);
        _silos.Add((hosting, host, store));
    }
}
