using MetricsGrains.Testbed;

namespace MetricsGrains.Node.Tests;

/// <summary>Databases for nodes, in one PostgreSQL server that all tests of the run share and that ends with it.</summary>
internal static class NodeDatabase
{
    private static readonly Lazy<Task<PostgresCluster>> s_cluster = new(() => PostgresCluster.StartAsync());

    private static int s_databases;

    /// <returns>The connection string of a new, empty database.</returns>
    public static async Task<string> CreateAsync() => await (await s_cluster.Value).CreateDatabaseAsync($"node_{Interlocked.Increment(ref s_databases)}");
}
