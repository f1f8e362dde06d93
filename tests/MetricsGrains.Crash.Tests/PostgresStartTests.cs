using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Crash.Tests;

/// <summary>A node that can't use its database ends at once, with a message that says what to do, and leaves its data folder fit for the next start.</summary>
public sealed class PostgresStartTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    [PostgresFact]
    public async Task Start_WrongPassword_SaysWhatToCheck()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await store.ExecuteAsync($"DROP ROLE IF EXISTS {PostgresCluster.PasswordRole}; CREATE ROLE {PostgresCluster.PasswordRole} LOGIN PASSWORD 'right'; GRANT CREATE, USAGE ON SCHEMA public TO {PostgresCluster.PasswordRole}");
        await RefusesAsync(store.Through(c => (c.Username, c.Password) = (PostgresCluster.PasswordRole, "my-wrong-secret")), "check Username and Password in the connection string", store.Through(c => (c.Username, c.Password) = (PostgresCluster.PasswordRole, "right")));
    }

    [PostgresFact]
    public async Task Start_MissingDatabase_SaysHowToCreateIt()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await RefusesAsync(store.Through(c => c.Database = "no_such_database"), "create it (CREATE DATABASE \"no_such_database\" OWNER \"mg_crash\")", store);
    }

    [PostgresFact]
    public async Task Start_MissingPrivileges_SaysWhichToGrant()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await store.ExecuteAsync("DROP ROLE IF EXISTS mg_nobody; CREATE ROLE mg_nobody LOGIN");
        await RefusesAsync(store.Through(c => c.Username = "mg_nobody"), "GRANT CREATE, USAGE ON SCHEMA public TO \"mg_nobody\"", store);
    }

    [PostgresFact]
    public async Task Start_NewerSchema_SaysToRunTheNewerProgram()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        using (var data = new DataFolder())
        {
            await using CrashNode node = await CrashNode.StartAsync(data.Path, store.Settings);
            Assert.Equal(0, await node.StopAsync());
        }
        await store.ExecuteAsync("INSERT INTO metricsgrains_migration (version, name, checksum) VALUES (999, '0999_future.sql', 'x')");
        await RefusesAsync(store, "run the newer program, or restore a backup made before the upgrade", null);
    }

    [PostgresFact]
    public async Task Start_TypoInTheConnectionString_NamesIt()
    {
        using var data = new DataFolder();
        await RefusesAsync(data, ["Store:ConnectionString=Hots=127.0.0.1;Database=x;Password=my-wrong-secret"], "hots", "It looks like this: Host=");
    }

    [PostgresFact]
    public async Task Start_NobodyListens_SaysWhatToCheck()
    {
        using var data = new DataFolder();
        await RefusesAsync(data, ["Store:ConnectionString=Host=127.0.0.1;Port=1;Username=u;Password=my-wrong-secret;Database=d"], "u@127.0.0.1:1/d can't be reached; check Host and Port");
    }

    private static async Task RefusesAsync(PostgresCrashStore store, string advice, PostgresCrashStore? right)
    {
        using var data = new DataFolder();
        await RefusesAsync(data, store.Settings, advice);
        if (right is not null)
        {
            await using CrashNode node = await CrashNode.StartAsync(data.Path, right.Settings);
            Assert.Equal(0, await node.StopAsync());
        }
    }

    private static async Task RefusesAsync(DataFolder data, string[] settings, params string[] advice)
    {
        await using CrashNode node = CrashNode.Launch(data.Path, settings);
        Assert.Equal(1, await node.WaitForExitAsync());
        Assert.Contains("MetricsGrains can't start: ", node.Output, StringComparison.Ordinal);
        Assert.All(advice, a => Assert.Contains(a, node.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("my-wrong-secret", node.Output, StringComparison.Ordinal);
        // Words, not a stack trace.
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
    }
}
