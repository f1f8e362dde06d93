using Npgsql;
using static MetricsGrains.Storage.Tests.Postgres.Cluster.ClusterDatabase;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>What Orleans' clustering provider may rely on: one order of changes, no silo seen by another cluster, the dead cleared away.</summary>
public sealed class ClusterMembershipTests : ClusterTestBase
{
    private const int Joining = 2;
    private const int Active = 3;
    private const int Dead = 6;

    private static readonly DateTime s_start = new(2025, 3, 10, 12, 0, 0, DateTimeKind.Utc);

    [PostgresFact]
    public async Task InsertVersion_FirstSiloOfACluster_MakesIt()
    {
        Assert.True(await BeginAsync("one"));
        Assert.False(await BeginAsync("one"));
        Assert.True(await BeginAsync("two"));
        IReadOnlyDictionary<string, object?> only = Assert.Single(await ReadAllAsync("one"));
        Assert.Equal(0, only["Version"]);
        Assert.Null(only["StartTime"]);
    }

    [PostgresFact]
    public async Task Insert_FromTheVersionThatIsThere_AddsTheSiloWithAllItSaid()
    {
        await BeginAsync();
        Assert.True(await InsertAsync(11111, version: 0));
        IReadOnlyDictionary<string, object?> row = Assert.Single(await ReadAllAsync());
        Assert.Equal(
            "1 10.0.0.1 11111 5 silo-11111 host.example 2 30000  2025-03-10 12:00 2025-03-10 12:01",
            FormattableString.Invariant($"{row["Version"]} {row["Address"]} {row["Port"]} {row["Generation"]} {row["SiloName"]} {row["HostName"]} {row["Status"]} {row["ProxyPort"]} {row["SuspectTimes"]} {row["StartTime"]:yyyy-MM-dd HH:mm} {row["IAmAliveTime"]:yyyy-MM-dd HH:mm}"));
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(row["IAmAliveTime"]).Kind);
    }

    [PostgresFact]
    public async Task Insert_FromAVersionThatIsGone_IsRefused()
    {
        await BeginAsync();
        Assert.True(await InsertAsync(11111, version: 0));
        Assert.False(await InsertAsync(11112, version: 0));
        Assert.False(await InsertAsync(11112, version: 2));
        Assert.Equal("1: 11111", await SilosAsync());
        Assert.True(await InsertAsync(11112, version: 1));
        Assert.Equal("2: 11111 11112", await SilosAsync());
    }

    [PostgresFact]
    public async Task Insert_SiloThatIsThere_IsRefusedAndMovesNothing()
    {
        await BeginAsync();
        Assert.True(await InsertAsync(11111, version: 0));
        Assert.False(await InsertAsync(11111, version: 1));
        Assert.Equal("1: 11111", await SilosAsync());
        Assert.True(await InsertAsync(11111, version: 1, generation: 6));
        Assert.Equal("2: 11111 11111", await SilosAsync());
    }

    [PostgresFact]
    public async Task Insert_WithoutAClustersVersion_IsRefused()
    {
        Assert.False(await InsertAsync(11111, version: 0));
        Assert.Empty(await ReadAllAsync());
    }

    /// <summary>Twelve silos join at the same moment, each from the version it last read: all get in, one a version.</summary>
    [PostgresFact]
    public async Task Insert_ManySilosAtOnce_FollowOneAnother()
    {
        await BeginAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            while (!await InsertAsync(20000 + i, (int)(await ReadAllAsync())[0]["Version"]!))
            {
            }
        })));
        Assert.Equal("12: " + string.Join(' ', Enumerable.Range(20000, 12)), await SilosAsync());
    }

    [PostgresFact]
    public async Task Update_FromTheVersionThatIsThere_ChangesTheSiloAndTheVersion()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        await InsertAsync(11112, version: 1);
        Assert.True(await UpdateAsync(11111, version: 2, Dead, s_start.AddMinutes(5), "10.0.0.2:1@1,2025-03-10 12:04:00.000 GMT"));
        IReadOnlyDictionary<string, object?> row = await ReadRowAsync(11111);
        Assert.Equal((3, Dead, "10.0.0.2:1@1,2025-03-10 12:04:00.000 GMT", s_start.AddMinutes(5)), (row["Version"], row["Status"], row["SuspectTimes"], row["IAmAliveTime"]));
        Assert.Equal(Joining, (await ReadRowAsync(11112))["Status"]);
    }

    [PostgresFact]
    public async Task Update_FromAVersionThatIsGone_IsRefused()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        Assert.False(await UpdateAsync(11111, version: 0, Active, s_start));
        Assert.False(await UpdateAsync(11111, version: 2, Active, s_start));
        Assert.Equal((1, Joining), ((await ReadRowAsync(11111))["Version"], (await ReadRowAsync(11111))["Status"]));
    }

    [PostgresFact]
    public async Task Update_SiloThatIsNotThere_IsRefusedAndMovesNothing()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        Assert.False(await UpdateAsync(11112, version: 1, Active, s_start));
        Assert.Equal("1: 11111", await SilosAsync());
    }

    /// <summary>Two silos declare something about a third from the same version: only one is heard, the other reads again.</summary>
    [PostgresFact]
    public async Task Update_TwoAtOnceFromOneVersion_OneIsRefused()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        for (int version = 1; version < 20; version++)
        {
            int from = version;
            bool[] heard = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => UpdateAsync(11111, from, Active, s_start))));
            Assert.Single(heard, h => h);
        }
        Assert.Equal("20: 11111", await SilosAsync());
    }

    /// <summary>The heartbeat holds the silo's row, not the version: a change waits for it and is made then.</summary>
    [PostgresFact]
    public async Task Update_WhileAHeartbeatIsUnderWay_WaitsAndIsMade()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        await using NpgsqlConnection heart = await Database.ConnectAsync();
        await using NpgsqlTransaction beat = await heart.BeginTransactionAsync();
        await AskAsync(heart, "UpdateIAmAlivetimeKey", [.. Silo(11111), Time("IAmAliveTime", s_start.AddMinutes(2))]);
        Task<bool> update = UpdateAsync(11111, version: 1, Active, s_start.AddMinutes(3));
        await Database.SomeoneWaitsAsync();
        await beat.CommitAsync();
        Assert.True(await update);
        IReadOnlyDictionary<string, object?> row = await ReadRowAsync(11111);
        Assert.Equal((2, Active, s_start.AddMinutes(3)), (row["Version"], row["Status"], row["IAmAliveTime"]));
    }

    [PostgresFact]
    public async Task IAmAlive_OfOneSilo_MovesItsTimeAndNothingElse()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        await InsertAsync(11112, version: 1);
        Assert.Empty(await Database.AskAsync("UpdateIAmAlivetimeKey", [.. Silo(11111), Time("IAmAliveTime", s_start.AddHours(1))]));
        IReadOnlyDictionary<string, object?> row = await ReadRowAsync(11111);
        Assert.Equal((2, Joining, s_start.AddHours(1)), (row["Version"], row["Status"], row["IAmAliveTime"]));
        Assert.Equal(s_start.AddMinutes(1), (await ReadRowAsync(11112))["IAmAliveTime"]);
    }

    [PostgresFact]
    public async Task ReadRow_SiloThatIsNotThere_AnswersWithTheVersionAlone()
    {
        await BeginAsync();
        await InsertAsync(11111, version: 0);
        IReadOnlyDictionary<string, object?> row = await ReadRowAsync(4);
        Assert.Equal((1, null), (row["Version"], row["StartTime"]));
    }

    [PostgresFact]
    public async Task Cleanup_Defunct_RemovesOnlyTheDeadThatAreOlder()
    {
        await BeginAsync();
        await InsertAsync(1, version: 0);
        await InsertAsync(2, version: 1);
        await InsertAsync(3, version: 2);
        await InsertAsync(4, version: 3);
        await UpdateAsync(1, version: 4, Dead, s_start.AddMinutes(-1));
        await UpdateAsync(2, version: 5, Dead, s_start);
        await UpdateAsync(3, version: 6, Active, s_start.AddDays(-9));
        await BeginAsync("other");
        await InsertAsync(1, version: 0, cluster: "other");
        await UpdateAsync(1, version: 1, Dead, s_start.AddDays(-9), cluster: "other");
        Assert.Empty(await Database.AskAsync("CleanupDefunctSiloEntriesKey", Text("DeploymentId", "test"), Time("IAmAliveTime", s_start)));
        Assert.Equal("7: 2 3 4", await SilosAsync());
        Assert.Equal("2: 1", await SilosAsync("other"));
    }

    [PostgresFact]
    public async Task Gateways_OfACluster_AreItsActiveSilosThatTakeClients()
    {
        await BeginAsync();
        await InsertAsync(1, version: 0);
        await InsertAsync(2, version: 1, proxyPort: 0);
        await InsertAsync(3, version: 2);
        await UpdateAsync(1, version: 3, Active, s_start);
        await UpdateAsync(2, version: 4, Active, s_start);
        IReadOnlyDictionary<string, object?> gateway = Assert.Single(await Database.AskAsync("GatewaysQueryKey", Text("DeploymentId", "test"), Int("Status", Active)));
        Assert.Equal(("10.0.0.1", 30000, 5), (gateway["Address"], gateway["ProxyPort"], gateway["Generation"]));
        Assert.Empty(await Database.AskAsync("GatewaysQueryKey", Text("DeploymentId", "other"), Int("Status", Active)));
    }

    [PostgresFact]
    public async Task Clusters_InOneDatabase_DoNotSeeEachOther()
    {
        foreach (string cluster in new[] { "one", "two" })
        {
            await BeginAsync(cluster);
            Assert.True(await InsertAsync(11111, version: 0, cluster: cluster));
        }
        Assert.True(await UpdateAsync(11111, version: 1, Active, s_start, cluster: "two"));
        Assert.Equal("1: 11111", await SilosAsync("one"));
        Assert.Equal("2: 11111", await SilosAsync("two"));
        Assert.Equal(Joining, (await ReadAllAsync("one"))[0]["Status"]);
        Assert.Empty(await Database.AskAsync("DeleteMembershipTableEntriesKey", Text("DeploymentId", "two")));
        Assert.Empty(await ReadAllAsync("two"));
        Assert.Equal("1: 11111", await SilosAsync("one"));
        Assert.True(await BeginAsync("two"));
    }

    private static NpgsqlParameter[] Silo(int port, string cluster = "test", int generation = 5) =>
        [Text("DeploymentId", cluster), Text("Address", "10.0.0.1"), Int("Port", port), Int("Generation", generation)];

    private Task<bool> BeginAsync(string cluster = "test") => Database.DecideAsync("InsertMembershipVersionKey", Text("DeploymentId", cluster));

    private Task<bool> InsertAsync(int port, int version, string cluster = "test", int generation = 5, int proxyPort = 30000) => Database.DecideAsync(
        "InsertMembershipKey",
        [
            .. Silo(port, cluster, generation), Time("IAmAliveTime", s_start.AddMinutes(1)), Text("SiloName", $"silo-{port}"), Text("HostName", "host.example"),
            Time("StartTime", s_start), Int("Status", Joining), Int("ProxyPort", proxyPort), Int("Version", version),
        ]);

    private Task<bool> UpdateAsync(int port, int version, int status, DateTime alive, string? suspects = null, string cluster = "test") => Database.DecideAsync(
        "UpdateMembershipKey", [.. Silo(port, cluster), Time("IAmAliveTime", alive), Int("Status", status), Text("SuspectTimes", suspects), Int("Version", version)]);

    private Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> ReadAllAsync(string cluster = "test") => Database.AskAsync("MembershipReadAllKey", Text("DeploymentId", cluster));

    private async Task<IReadOnlyDictionary<string, object?>> ReadRowAsync(int port) => Assert.Single(await Database.AskAsync("MembershipReadRowKey", Silo(port)));

    /// <summary>"version: ports".</summary>
    private async Task<string> SilosAsync(string cluster = "test")
    {
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = await ReadAllAsync(cluster);
        return $"{Assert.Single(rows.Select(r => r["Version"]).Distinct())}: {string.Join(' ', rows.Select(r => (int)r["Port"]!).Order())}";
    }
}
