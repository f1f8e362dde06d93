using MetricsGrains.Testbed;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>One server for the tests of a class, which may kill it as long as they start it again.</summary>
public sealed class PostgresClusterFixture : IAsyncLifetime
{
    private PostgresCluster? _cluster;

    public PostgresCluster Cluster => _cluster ?? throw new InvalidOperationException("there is no server");

    public async Task InitializeAsync() => _cluster = PostgresCluster.Missing is null ? await PostgresCluster.StartAsync() : null;

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
