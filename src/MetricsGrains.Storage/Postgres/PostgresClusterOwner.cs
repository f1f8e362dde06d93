using System.Net;
using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Sees to it that a database has one cluster at a time. It belongs to a service for good, and to a cluster of it for as long as a silo of that lives: a
/// cluster may be replaced by another of the same service.
/// </summary>
/// <param name="connectionString">The one that the providers are given: its search path says where the tables are.</param>
public sealed class PostgresClusterOwner(string connectionString, TimeProvider time)
{
    // A living silo says so every half minute by its own clock, which may be off by a minute. And between the claim and its row in the table of silos lies the
    // time that a silo needs to get there.
    private const string Blocking = """
        SELECT service_id, cluster_id, coalesce(silo, ''), silo IS NOT NULL OR claimed_at > now() - interval '30 seconds'
        FROM (SELECT service_id, cluster_id, claimed_at FROM orleans_owner UNION ALL SELECT $1, cluster_id, '-infinity' FROM orleans_cluster WHERE NOT EXISTS (SELECT FROM orleans_owner)) o
        LEFT JOIN LATERAL (
          SELECT name || ' at ' || address || ':' || port AS silo FROM orleans_silo s
          WHERE s.cluster_id = o.cluster_id AND status < 6 AND alive_at > now() - interval '3 minutes' ORDER BY alive_at DESC LIMIT 1
        ) s ON true
        WHERE (service_id, cluster_id) <> ($1, $2)
        ORDER BY 4 DESC LIMIT 1
        """;

    private const string Living = "SELECT name, address, port, now() - alive_at FROM orleans_silo WHERE cluster_id = $1 AND status = 3";

    private const string Take = """
        INSERT INTO orleans_owner (service_id, cluster_id, claimed_at) VALUES ($1, $2, now())
        ON CONFLICT (only_row) DO UPDATE SET cluster_id = excluded.cluster_id, claimed_at = excluded.claimed_at
        """;

    /// <summary>Takes the database for a cluster, one of whose silos is about to start. The tables must be there: see <see cref="PostgresClusterSchema"/>.</summary>
    /// <returns>Null: it is that cluster's. Else whose it is, and nothing was changed.</returns>
    /// <exception cref="StoreConfigurationException">The connection string has a mistake, or the database can't be used; the message says what to do.</exception>
    /// <exception cref="StoreUnavailableException">The server did not answer. Repeating the call is safe.</exception>
    public async Task<ClusterOwner?> TakeAsync(string serviceId, string clusterId, CancellationToken cancel)
    {
        ClusterOwner? other = null;
        await using var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = connectionString }, time);
        await database.OpenAsync(
            async (connection, stop) =>
            {
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(stop);
                await Migrator.RunAsync(connection, StoreLock.Exclusive(StoreLock.TakeCluster), stop);
                other = await FindOtherAsync(connection, serviceId, clusterId, stop);
                if (other is null)
                {
                    await using NpgsqlCommand take = Command(connection, Take, serviceId, clusterId);
                    await take.ExecuteNonQueryAsync(stop);
                }
                await transaction.CommitAsync(stop);
                return await PostgresServer.DetectAsync(connection, stop);
            }, cancel);
        return other;
    }

    /// <summary>The silos of a cluster that are alive as far as the table of silos knows.</summary>
    /// <exception cref="StoreConfigurationException">The connection string has a mistake, or the database can't be used; the message says what to do.</exception>
    /// <exception cref="StoreUnavailableException">The server did not answer. Repeating the call is safe.</exception>
    public async Task<IReadOnlyList<SeenSilo>> LivingAsync(string clusterId, CancellationToken cancel)
    {
        var living = new List<SeenSilo>();
        await using var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = connectionString }, time);
        await database.OpenAsync(
            async (connection, stop) =>
            {
                living.Clear();
                await using var command = new NpgsqlCommand(Living, connection) { Parameters = { new() { Value = clusterId } } };
                await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop);
                while (await reader.ReadAsync(stop))
                {
                    living.Add(new SeenSilo(reader.GetString(0), IPAddress.Parse(reader.GetString(1)), reader.GetInt32(2), reader.GetTimeSpan(3)));
                }
                await reader.DisposeAsync();
                return await PostgresServer.DetectAsync(connection, stop);
            }, cancel);
        return living;
    }

    private static async Task<ClusterOwner?> FindOtherAsync(NpgsqlConnection connection, string serviceId, string clusterId, CancellationToken cancel)
    {
        await using NpgsqlCommand command = Command(connection, Blocking, serviceId, clusterId);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
        {
            return null;
        }
        var other = new ClusterOwner(reader.GetString(0), reader.GetString(1), reader.GetString(2));
        return other.ServiceId != serviceId || reader.GetBoolean(3) ? other : null;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string serviceId, string clusterId) =>
        new(sql, connection) { Parameters = { new() { Value = serviceId }, new() { Value = clusterId } } };
}
