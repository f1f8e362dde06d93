using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>A database is one service's, and one cluster's of it at a time.</summary>
public sealed class ClusterOwnerTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private ClusterDatabase? _database;

    public async Task InitializeAsync() => _database = PostgresTestServer.Missing is null ? await ClusterDatabase.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Take_OwnDatabaseOverAndOver_IsGiven()
    {
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.Null(await TakeAsync("s", "c"));
        }
    }

    [PostgresFact]
    public async Task Take_OfAnotherService_IsRefusedHoweverLongThatIsGone()
    {
        Assert.Null(await TakeAsync("s", "c"));
        await ExecuteAsync("UPDATE orleans_owner SET claimed_at = now() - interval '1 year'");
        Assert.Equal(new ClusterOwner("s", "c", ""), await TakeAsync("other", "c"));
        Assert.Null(await TakeAsync("s", "c"));
    }

    [PostgresFact]
    public async Task Take_AnotherClusterOfTheService_OnlyWhenNoSiloOfTheFirstLives()
    {
        Assert.Null(await TakeAsync("s", "c"));
        Assert.Equal(new ClusterOwner("s", "c", ""), await TakeAsync("s", "other"));

        await ExecuteAsync("UPDATE orleans_owner SET claimed_at = now() - interval '1 minute'");
        await AddSiloAsync("c", 3, "1 minute");
        Assert.Equal(new ClusterOwner("s", "c", "silo-1 at 10.0.0.1:11111"), await TakeAsync("s", "other"));

        await ExecuteAsync("UPDATE orleans_silo SET status = 6");
        Assert.Null(await TakeAsync("s", "other"));
        Assert.Equal("other", (await TakeAsync("s", "c"))?.ClusterId);
    }

    [PostgresFact]
    public async Task Take_AfterASiloThatDiedWithoutAWord_IsGivenWhenItHasBeenSilentForLong()
    {
        Assert.Null(await TakeAsync("s", "c"));
        await ExecuteAsync("UPDATE orleans_owner SET claimed_at = now() - interval '10 minutes'");
        await AddSiloAsync("c", 3, "4 minutes");
        Assert.Null(await TakeAsync("s", "other"));
    }

    /// <summary>Made by a version that noted no owner.</summary>
    [PostgresFact]
    public async Task Take_NobodysDatabaseWhereASiloLives_IsRefusedToOtherClusters()
    {
        await AddSiloAsync("c", 3, "1 minute");
        Assert.Equal("c", (await TakeAsync("s", "other"))?.ClusterId);
        Assert.Null(await TakeAsync("s", "c"));
    }

    [PostgresFact]
    public async Task Take_ManyClustersAtOnce_OneGetsIt()
    {
        ClusterOwner?[] others = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => TakeAsync("s", $"c{i}")));
        Assert.Single(others, o => o is null);
    }

    private Task<ClusterOwner?> TakeAsync(string serviceId, string clusterId) =>
        new PostgresClusterOwner(_database!.ConnectionString, TimeProvider.System).TakeAsync(serviceId, clusterId, None);

    private async Task AddSiloAsync(string clusterId, int status, string silentFor)
    {
        await ExecuteAsync($"INSERT INTO orleans_cluster VALUES ('{clusterId}', 1, now())");
        await ExecuteAsync($"INSERT INTO orleans_silo VALUES ('{clusterId}', '10.0.0.1', 11111, 1, 'silo-1', 'host', {status}, 0, NULL, now(), now() - interval '{silentFor}')");
    }

    private Task<object?> ExecuteAsync(string sql) => PostgresTestServer.ExecuteAsync(_database!.ConnectionString, sql);
}
