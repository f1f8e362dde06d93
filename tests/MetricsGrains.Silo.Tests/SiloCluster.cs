using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>Silo processes that share a database, each with a data folder of its own.</summary>
/// <param name="seat">Where the silo of a place runs; null: all on 127.0.0.1.</param>
internal sealed partial class SiloCluster(PostgresCrashStore store, string[] settings, Func<int, SiloSeat>? seat = null) : IAsyncDisposable
{
    public const int Places = 3;

    /// <summary>The silo as it is built here.</summary>
    public static readonly string Ours = typeof(SiloCluster).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SiloAssembly").Value!;

    /// <summary>Where the silo's program was built.</summary>
    public static string Folder => Path.GetDirectoryName(Ours)!;

    /// <summary>What silos run that are started from now on.</summary>
    public string Program { get; set; } = Ours;

    private readonly string _clusterId = "test-" + Guid.NewGuid().ToString("N");
    private readonly DataFolder _data = new();

    private readonly ConcurrentDictionary<int, CrashNode> _last = [];

    /// <summary>Those that run, by their place.</summary>
    public SortedDictionary<int, CrashNode> Silos { get; } = [];

    /// <summary>The one that runs at a place, or ran there last. Safe while silos come and go.</summary>
    public CrashNode At(int place) => _last[place];

    public string DataOf(int place) => Path.Combine(_data.Path, place.ToString(CultureInfo.InvariantCulture));

    /// <param name="more">Settings of this silo, before all others.</param>
    public async Task<CrashNode> StartAsync(int place, params string[] more)
    {
        CrashNode silo = await CrashNode.StartCommandAsync(CommandOf(place), SeatOf(place).Address, DataOf(place), SettingsOf(place, more));
        lock (Silos)
        {
            return Silos[place] = _last[place] = silo;
        }
    }

    /// <summary>Starts a silo that is expected to end by itself.</summary>
    public CrashNode Launch(int place, params string[] more) => CrashNode.LaunchCommand(CommandOf(place), DataOf(place), SettingsOf(place, more));

    /// <summary>Starts silos again that the others took for dead and that have ended for it, as whatever looks after them would.</summary>
    public async Task ReviveEndedAsync()
    {
        foreach ((int place, CrashNode ended) in Silos.Where(s => s.Value.HasExited).ToArray())
        {
            Assert.Equal(137, await ended.WaitForExitAsync());
            Assert.Contains("The other silos took this one for dead", ended.Output, StringComparison.Ordinal);
            // The ended one is not disposed of: a client may be about to ask it something.
            await StartAsync(place);
        }
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

    /// <summary>
    /// Stops all silos and compares the store. What a grain was being brought up to when its silo stopped is in a log, and counts at the next start: if the store
    /// lacks something they are started again, and it must get that.
    /// </summary>
    public async Task StopAllAndCompareAsync(Expected expected, string context, ITestOutputHelper output)
    {
        int[] places = [.. Silos.Keys];
        foreach (int place in places)
        {
            await StopAsync(place);
        }
        if (await StoreComparison.DifferenceAsync(store, expected) is { Length: > 0 } missing)
        {
            output.WriteLine($"in a log until the next start: {missing}");
            foreach (int place in places)
            {
                await StartAsync(place, "Flush:RawInterval=00:00:00.2");
            }
            await Eventually.SameAsync(() => StoreComparison.DifferenceAsync(store, expected), $"{context}, after all have stopped and started again\n{missing}");
        }
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

    private string[] CommandOf(int place) => [.. SeatOf(place).Prefix, .. CrashNode.CommandOf(Program)];

    private string[] SettingsOf(int place, string[] more) =>
        [.. settings, .. store.Settings, $"Address={SeatOf(place).Address}", "Cluster:SiloPort=0", $"Cluster:AdvertisedAddress={SeatOf(place).Address}", $"Cluster:ClusterId={_clusterId}", $"NodeName=silo-{place}", .. more];

    private SiloSeat SeatOf(int place) => seat?.Invoke(place) ?? SiloSeat.Here;

    [GeneratedRegex(@"^metricsgrains_log_lag\S* (\S+)", RegexOptions.Multiline)]
    private static partial Regex LagLine();
}
