using MetricsGrains.Core.Ports;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Crash.Tests.Seam;

[RequiresPostgres]
public sealed class PostgresSeamTests(PostgresClusterFixture server) : SeamSuite, IClassFixture<PostgresClusterFixture>
{
    private static int s_databases;

    protected override int Steps => 1_000;

    protected override async Task<Func<TimeProvider, IMetricStore>> NewStoreAsync()
    {
        string database = await server.Cluster.CreateDatabaseAsync($"seam_{Interlocked.Increment(ref s_databases)}");
        return time => new PostgresStore(new PostgresStoreOptions { ConnectionString = database }, time);
    }
}
