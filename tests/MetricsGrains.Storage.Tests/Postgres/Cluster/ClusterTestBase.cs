namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>Each test has a prepared database of its own.</summary>
public abstract class ClusterTestBase : IAsyncLifetime
{
    private ClusterDatabase? _database;

    internal ClusterDatabase Database => _database!;

    public async Task InitializeAsync() => _database = PostgresTestServer.Missing is null ? await ClusterDatabase.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
