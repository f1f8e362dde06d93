using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Silo.Tests;

/// <summary>Silo processes that share a database, each with a data folder of its own.</summary>
internal sealed partial class SiloCluster(PostgresCrashStore store, string[] settings) : IAsyncDisposable
{
    public const int Places = 3;

    private static readonly string Program = typeof(SiloCluster).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SiloAssembly").Value!;

    private readonly string _clusterId = "test-" + Guid.NewGuid().ToString("N");
    private readonly DataFolder _data = new();

    private readonly ConcurrentDictionary<int, CrashNode> _last = [];

    /// <summary>Those that run, by their place.</summary>
    public SortedDictionary<int, CrashNode> Silos { get; } = [];

    /// <summary>The one that runs at a place, or ran there last. Safe while silos come and go.</summary>
    public CrashNode At(int place) => _last[place];

    public string DataOf(int place) => Path.Combine(_data.Path, place.ToString(CultureInfo.InvariantCulture));

    /// <param name="more">Settings of this silo.</param>
    public async Task<CrashNode> StartAsync(int place, params string[] more)
    {
        string[] all = [.. settings, .. more, .. store.Settings, "Cluster:SiloPort=0", "Cluster:AdvertisedAddress=127.0.0.1", $"Cluster:ClusterId={_clusterId}", $"NodeName=silo-{place}"];
        CrashNode silo = await CrashNode.StartProgramAsync(Program, DataOf(place), all);
        return Silos[place] = _last[place] = silo;
    }

    public async Task KillAsync(int place)
    {
        Silos.Remove(place, out CrashNode? silo);
        await silo!.KillAsync();
        await silo.DisposeAsync();
    }

    /// <summary>Tells a silo to stop, as an upgrade does, and starts it again. It is asked for nothing meanwhile.</summary>
    public async Task RestartAsync(int place)
    {
        await StopAsync(place);
        await StartAsync(place);
    }

    /// <summary>Tells a silo to stop, and waits until it has.</summary>
    public async Task StopAsync(int place)
    {
        CrashNode leaving = Silos[place];
        int exit = await leaving.StopAsync();
        Assert.True(exit == 0, $"silo {place} stopped with {exit}\n{leaving.Output}");
        await leaving.DisposeAsync();
        Silos.Remove(place);
    }

    /// <summary>Waits until every record of every log that is acknowledged is with its grains.</summary>
    public async Task SettleAsync()
    {
        foreach (CrashNode silo in Silos.Values)
        {
            string seen = "";
            await Eventually.TrueAsync(async () => LagLine().Match(seen = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))) is { Success: true } lag && lag.Groups[1].Value == "0", () => $"nothing lags\n{seen}\n{silo.Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CrashNode silo in Silos.Values)
        {
            await silo.DisposeAsync();
        }
        _data.Dispose();
    }

    [GeneratedRegex(@"^metricsgrains_log_lag\S* (\S+)", RegexOptions.Multiline)]
    private static partial Regex LagLine();
}
