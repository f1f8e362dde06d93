using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Node.Tests;

/// <summary>Databases for nodes, in one PostgreSQL server that all tests of the run share and that ends with it.</summary>
internal static class NodeDatabase
{
    private static readonly Lazy<Task<PostgresCluster>> s_cluster = new(() => PostgresCluster.StartAsync());

    private static int s_databases;

    /// <summary>Makes a role that may do nothing but read what is in the database now, as docs/formats/postgres-store.md says.</summary>
    /// <returns>The connection string for it.</returns>
    public static async Task<string> GrantReadingAsync(string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        string role = $"{builder.Database}_reader";
        await PostgresCluster.ExecuteAsync(database, $"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; REVOKE SELECT ON alert_channel_secrets FROM {role}");
        return new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString;
    }

    /// <returns>The connection string of a new, empty database.</returns>
    public static async Task<string> CreateAsync() => await (await s_cluster.Value).CreateDatabaseAsync($"node_{Interlocked.Increment(ref s_databases)}");
}
