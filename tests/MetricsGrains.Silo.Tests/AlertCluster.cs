using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>Three silos that evaluate rules every few seconds, and somebody to tell.</summary>
internal sealed partial class AlertCluster : IAsyncDisposable
{
    public const int Places = 3;

    private AlertCluster(PostgresCrashStore store, SiloCluster silos) => (Store, Silos) = (store, silos);

    public static string[] Settings => ["Alerting:EvaluationInterval=2s", "Alerting:AllowPrivateWebhooks=true"];

    public PostgresCrashStore Store { get; }

    public SiloCluster Silos { get; }

    public WebhookReceiver Receiver { get; } = new();

    public static async Task<AlertCluster> StartAsync(PostgresClusterFixture fixture, int silos = Places) =>
        await StartAsync(await PostgresCrashStore.CreateAsync(fixture.Cluster), [], silos: silos);

    /// <param name="more">Settings beside <see cref="Settings"/>.</param>
    public static async Task<AlertCluster> StartAsync(PostgresCrashStore store, string[] more, Func<int, SiloSeat>? seat = null, int silos = Places)
    {
        var cluster = new AlertCluster(store, new SiloCluster(store, [.. Settings, .. more], seat));
        for (int place = 0; place < silos; place++)
        {
            await cluster.Silos.StartAsync(place);
        }
        return cluster;
    }

    /// <summary>Makes a channel that sends at once.</summary>
    public Task<string> MakeChannelAsync(CrashNode node) =>
        PostAsync(node, "/api/v1/channels", new { name = "hook", type = "webhook", group_wait = "0s", group_interval = "1s", secrets = new { url = Receiver.Url } });

    /// <returns>The new rule's or channel's id.</returns>
    public static async Task<string> PostAsync(CrashNode node, string path, object what)
    {
        using HttpResponseMessage made = await node.Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), what);
        string answer = await made.Content.ReadAsStringAsync();
        Assert.True(made.StatusCode == HttpStatusCode.Created, answer + "\n" + node.Output);
        return JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("id").GetString()!;
    }

    /// <summary>The place of the silo whose figure is that much.</summary>
    public async Task<int> PlaceWithAsync(string figure, double atLeast)
    {
        int found = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                foreach ((int place, CrashNode silo) in Silos.Silos)
                {
                    found = found < 0 && await FigureAsync(silo, figure) >= atLeast ? place : found;
                }
                return found >= 0;
            }, () => $"a silo with {figure} of {atLeast}\n{Output}");
        return found;
    }

    /// <summary>Waits until rules were evaluated so many times more, wherever.</summary>
    public async Task EvaluatedAsync(int more)
    {
        Dictionary<int, double> before = await EvaluationsAsync();
        await Eventually.TrueAsync(async () => (await EvaluationsAsync()).Sum(n => Math.Max(0, n.Value - before.GetValueOrDefault(n.Key))) >= more, () => $"{more} evaluations more than {string.Join(", ", before)}\n{Output}");
    }

    /// <summary>Sends a gauge to each silo in turn that runs, several times a second, until told to stop.</summary>
    /// <param name="place">To this one only; null: to all.</param>
    public async Task SendAsync(string metric, Func<double> value, CancellationToken stop, int? place = null)
    {
        for (int turn = 0; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                CrashNode[] silos = [.. Silos.Silos.Where(s => place is null || s.Key == place).Select(s => s.Value)];
                using var body = new StringContent(string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{metric}}","type":"gauge","value":{{value()}}}"""));
                body.Headers.ContentType = new("application/json");
                // Not for longer: it may be suspended, and others are to hear.
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                using HttpResponseMessage answer = await silos[turn % silos.Length].Http.PostAsync(new Uri("/api/v1/points", UriKind.Relative), body, patience.Token);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or DivideByZeroException)
            {
                // It is being killed, or there is none at this moment.
            }
            await Task.Delay(100, CancellationToken.None);
        }
    }

    public string Output => string.Join('\n', Silos.Silos.Select(s => $"--- silo {s.Key}\n{s.Value.Output}"));

    public static async Task<double> FigureAsync(CrashNode silo, string name)
    {
        string all = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return FigureLine().Matches(all).Where(m => m.Groups[1].Value.StartsWith(name, StringComparison.Ordinal)).Sum(m => double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        Receiver.Dispose();
    }

    private async Task<Dictionary<int, double>> EvaluationsAsync()
    {
        Dictionary<int, double> counts = [];
        foreach ((int place, CrashNode silo) in Silos.Silos)
        {
            // Not the failures, whose name begins the same.
            counts[place] = await FigureAsync(silo, "metricsgrains_alerts_evaluations");
        }
        return counts;
    }

    [GeneratedRegex(@"^(metricsgrains_[a-z_]+)\S* (\S+)", RegexOptions.Multiline)]
    private static partial Regex FigureLine();
}
