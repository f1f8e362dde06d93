using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using Npgsql;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>Preparing a database for a cluster: once, by many at a time, beside the store, and what is refused with what advice.</summary>
public sealed class ClusterSchemaTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private string _database = "";

    public async Task InitializeAsync() => _database = PostgresTestServer.Missing is null ? await PostgresTestServer.CreateDatabaseAsync() : "";

    public Task DisposeAsync() => _database.Length == 0 ? Task.CompletedTask : PostgresTestServer.DropDatabaseAsync(_database);

    /// <summary>Those that the providers of Orleans 10 look up; a provider that misses one does not start.</summary>
    [PostgresFact]
    public async Task Prepare_EveryKeyOfTheProviders_IsThere()
    {
        await PrepareAsync(_database);
        string[] keys =
        [
            "GatewaysQueryKey", "MembershipReadRowKey", "MembershipReadAllKey", "InsertMembershipVersionKey", "UpdateIAmAlivetimeKey",
            "InsertMembershipKey", "UpdateMembershipKey", "DeleteMembershipTableEntriesKey", "CleanupDefunctSiloEntriesKey",
            "ReadFromStorageKey", "WriteToStorageKey", "ClearStorageKey", "DeleteStorageKey",
            "ReadReminderRowsKey", "ReadRangeRows1Key", "ReadRangeRows2Key", "ReadReminderRowKey", "UpsertReminderRowKey", "DeleteReminderRowKey", "DeleteReminderRowsKey",
        ];
        Assert.Equal(
            string.Join(' ', keys.Order(StringComparer.Ordinal)),
            await PostgresTestServer.ExecuteAsync(_database, "SELECT string_agg(QueryKey, ' ' ORDER BY QueryKey) FROM OrleansQuery WHERE QueryText <> ''"));
    }

    [PostgresFact]
    public async Task Prepare_ManySilosAtOnceAndAgain_MigratesOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PrepareAsync(_database)));
        object? first = await RegisterAsync();
        await PrepareAsync(_database);
        Assert.Equal(first, await RegisterAsync());
        Assert.Equal((long)Migration.Orleans.Count, await PostgresTestServer.ExecuteAsync(_database, $"SELECT count(*) FROM {PostgresClusterSchema.Register}"));
    }

    /// <summary>What is there is neither made anew nor emptied.</summary>
    [PostgresFact]
    public async Task Prepare_ClusterThatRuns_KeepsItsRows()
    {
        await PrepareAsync(_database);
        await PostgresTestServer.ExecuteAsync(_database, "INSERT INTO orleans_cluster VALUES ('c', 7, now())");
        await PrepareAsync(_database);
        Assert.Equal(7, await PostgresTestServer.ExecuteAsync(_database, "SELECT version FROM orleans_cluster"));
    }

    /// <summary>Either may come first, and neither takes the other's versions for its own.</summary>
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Prepare_BesideAStore_BothOpenAgain(bool storeFirst)
    {
        for (int round = 0; round < 2; round++)
        {
            if (!storeFirst)
            {
                await PrepareAsync(_database);
            }
            await using (var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = _database }, TimeProvider.System))
            {
                await store.OpenAsync(None);
            }
            await PrepareAsync(_database);
        }
        Assert.Equal((long)Migration.All.Count, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM metricsgrains_migration"));
        Assert.Equal((long)Migration.Orleans.Count, await PostgresTestServer.ExecuteAsync(_database, $"SELECT count(*) FROM {PostgresClusterSchema.Register}"));
    }

    /// <summary>The providers name no schema, and look where the connection string says.</summary>
    [PostgresFact]
    public async Task Prepare_InASchemaOfItsOwn_IsFoundUnqualified()
    {
        await PostgresTestServer.ExecuteAsync(_database, "CREATE SCHEMA mine; CREATE TABLE public.orleans_silo (x int)");
        string own = With(c => c.SearchPath = "mine,public");
        await PrepareAsync(own);
        Assert.Equal(20L, await PostgresTestServer.ExecuteAsync(own, "SELECT count(*) FROM OrleansQuery"));
        Assert.Equal(0L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM mine.orleans_silo"));
    }

    [PostgresFact(OwnServer = true)]
    public async Task Prepare_OrdinaryOwner_NeedsNoSuperuser()
    {
        await PostgresTestServer.ExecuteAsync(_database, "DROP ROLE IF EXISTS mg_silo; CREATE ROLE mg_silo LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO mg_silo");
        string owner = With(c => (c.Username, c.Pooling) = ("mg_silo", false));
        await PrepareAsync(owner);
        Assert.Equal(20L, await PostgresTestServer.ExecuteAsync(owner, "SELECT count(*) FROM OrleansQuery"));
        await PostgresTestServer.DropDatabaseAsync(_database);
        await PostgresTestServer.ExecuteAsync(With(c => c.Database = "postgres"), "DROP ROLE mg_silo");
    }

    [PostgresFact]
    public async Task Prepare_NewerSchema_IsRefused()
    {
        await PrepareAsync(_database);
        await PostgresTestServer.ExecuteAsync(_database, $"INSERT INTO {PostgresClusterSchema.Register} (version, name, checksum) VALUES (999, '0999_future.sql', 'x')");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => PrepareAsync(_database));
        Assert.Contains("999", fault.Message, StringComparison.Ordinal);
        Assert.Contains("newer program", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Prepare_EditedMigration_IsRefused()
    {
        await PrepareAsync(_database);
        await PostgresTestServer.ExecuteAsync(_database, $"UPDATE {PostgresClusterSchema.Register} SET checksum = 'x' WHERE version = 2");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => PrepareAsync(_database));
        Assert.Contains("0002_persistence.sql", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A database that was prepared with Orleans' own scripts.</summary>
    [PostgresFact]
    public async Task Prepare_TablesOfOthers_IsRefusedAndLeavesNothing()
    {
        await PostgresTestServer.ExecuteAsync(_database, "CREATE TABLE orleansquery (querykey varchar(64), querytext varchar(8000))");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => PrepareAsync(_database));
        Assert.Contains("Search Path", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"));
    }

    [PostgresFact]
    public async Task Prepare_MissingDatabase_SaysHowToCreateIt()
    {
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => PrepareAsync(With(c => c.Database = "no_such_db")));
        Assert.Contains("CREATE DATABASE \"no_such_db\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_Unreachable_IsUnavailableWithAdvice()
    {
        StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => PrepareAsync("Host=127.0.0.1;Port=1;Username=u;Database=d"));
        Assert.Contains("can't be reached", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Landed migrations are never edited: a cluster in the field would refuse to start.</summary>
    [Fact]
    public void Migrations_Landed_AreUnchanged() => Assert.Equal(
        [
            "0001_clustering.sql b60c201e1d021354e52af8d1b276df69272a0338f22dd3a1ac60084e8cdbf777",
            "0002_persistence.sql 09210f037e06e6a3b5eebf96d6cd6627330b70312fe7e5d6b7c4f8074cad6e51",
            "0003_reminders.sql 80ae878d50c55b6d10bb96435e22a1edbed43b0f46b7b35a6bd95376e3be4cda",
            "0004_owner.sql 49c8a3947ba773cef3632b3a9ec5b5d15a68e62bd9bd38a0056836fe40df3252",
        ], Migration.Orleans.Select(m => $"{m.Name} {m.Checksum}"));

    private static Task PrepareAsync(string connectionString) => new PostgresClusterSchema(connectionString, TimeProvider.System).PrepareAsync(None);

    private Task<object?> RegisterAsync() => PostgresTestServer.ExecuteAsync(_database, $"SELECT string_agg(r::text, ',' ORDER BY version) FROM {PostgresClusterSchema.Register} AS r");

    private string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(_database);
        change(builder);
        return builder.ConnectionString;
    }
}
