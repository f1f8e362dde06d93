using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Silo.Tests;

/// <summary>Orleans' own dashboard of real silos, on the port of ours.</summary>
public sealed class OrleansDashboardTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    private const string Password = "correct horse battery";

    [DashboardFact]
    public async Task Dashboard_OfTwoSilos_ShowsBothToTheAdministratorAlone()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, [$"Cluster:AdminPassword={Password}"]);
        await cluster.StartAsync(0);
        await cluster.StartAsync(1);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            using HttpResponseMessage refused = await GetAsync(silo, "/orleans/DashboardCounters", "wrong horse battery");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            using HttpResponseMessage page = await GetAsync(silo, "/orleans/", Password);
            Assert.Contains("Orleans Dashboard", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            string seen = "";
            await Eventually.TrueAsync(async () => SilosIn(seen = await ReadAsync(silo, "/orleans/DashboardCounters")).SequenceEqual(["silo-0", "silo-1"]), () => $"both silos are shown\n{seen}\n{silo.Output}");
            await Eventually.TrueAsync(async () => (seen = await ReadAsync(silo, "/orleans/ClusterStats")).Contains("\"count\":", StringComparison.Ordinal), () => $"calls are counted\n{seen}\n{silo.Output}");
        }
    }

    [DashboardFact]
    public async Task Dashboard_WithoutAPassword_IsNotThere()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, []);
        CrashNode silo = await cluster.StartAsync(0);
        using HttpResponseMessage answer = await GetAsync(silo, "/orleans/", Password);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static IEnumerable<string?> SilosIn(string counters) =>
        JsonDocument.Parse(counters).RootElement.GetProperty("hosts").EnumerateArray().Select(h => h.GetProperty("siloName").GetString()).Order(StringComparer.Ordinal);

    private static async Task<string> ReadAsync(CrashNode silo, string path)
    {
        using HttpResponseMessage answer = await GetAsync(silo, path, Password);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> GetAsync(CrashNode silo, string path, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + password))) },
        };
        return await silo.Http.SendAsync(request);
    }
}
