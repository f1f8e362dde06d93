using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Runs the migrations that a database has not had, and refuses one that has had others. All in the caller's transaction.</summary>
/// <param name="register">
/// The table that says what was applied. A list of migrations of its own has a register of its own: what one program does not know of another's
/// list is none of its business, and must not keep it from starting.
/// </param>
internal sealed class Migrator(string database, string register, IReadOnlyList<Migration> migrations)
{
    /// <exception cref="StoreConfigurationException">The server is too old.</exception>
    public void CheckServer(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < PostgresServer.OldestMajor)
        {
            throw new StoreConfigurationException($"The store {database} is on PostgreSQL {connection.PostgreSqlVersion}; {PostgresServer.OldestMajor} or newer is needed.");
        }
    }

    /// <summary>Holds the lock from here to the transaction's end: others that start meanwhile find all done.</summary>
    /// <exception cref="StoreConfigurationException">The database can't be used, or is of another version.</exception>
    public async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        // Another node may be migrating, which may take long: waits without a time limit.
        await RunAsync(connection, StoreLock.Exclusive(StoreLock.Migrate), cancel);
        await CheckDatabaseAsync(connection, cancel);
        Dictionary<int, (string Name, string Checksum)>? applied = await AppliedAsync(connection, cancel);
        if (applied is null)
        {
            await RunAsync(connection, $"CREATE TABLE {register} (version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())", cancel);
            applied = [];
        }
        foreach (Migration migration in migrations.Where(m => !applied.ContainsKey(m.Version)))
        {
            await RunAsync(connection, migration.Sql, cancel);
            await using var note = new NpgsqlCommand($"INSERT INTO {register} (version, name, checksum) VALUES ($1, $2, $3)", connection);
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Version });
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Name });
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Checksum });
            await note.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <returns>Null: there is no register that this user may see.</returns>
    /// <exception cref="StoreConfigurationException">Not all of what was applied is known to this program as it was applied.</exception>
    public async Task<Dictionary<int, (string Name, string Checksum)>?> AppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using (var exists = new NpgsqlCommand($"SELECT to_regclass('{register}') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(cancel) is not true)
            {
                return null;
            }
        }
        var applied = new Dictionary<int, (string, string)>();
        await using var command = new NpgsqlCommand($"SELECT version, name, checksum FROM {register}", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        }
        Check(applied);
        return applied;
    }

    /// <summary>Runs what may take any time.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private void Check(Dictionary<int, (string Name, string Checksum)> applied)
    {
        // Numbers may be left out: parts of the program that are built apart take theirs beforehand.
        int[] unknown = [.. applied.Keys.Except(migrations.Select(m => m.Version))];
        if (unknown.Length > 0)
        {
            throw new StoreConfigurationException(
                $"The store {database} has schema version {unknown.Max()} (in {register}), this program knows up to {migrations.Max(m => m.Version)}: run the newer program, or restore a backup made before the upgrade.");
        }
        foreach (Migration migration in migrations)
        {
            if (applied.TryGetValue(migration.Version, out (string Name, string Checksum) was) && was.Checksum != migration.Checksum)
            {
                throw new StoreConfigurationException(
                    $"The store {database} was made by another build whose migration {was.Name} differs from this one's {migration.Name}; run that build, or start with an empty database. Landed migrations must never be edited.");
            }
        }
    }

    private async Task CheckDatabaseAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT current_setting('server_encoding'), current_schema()", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetString(0) != "UTF8")
        {
            throw new StoreConfigurationException($"The database {database} is encoded in {reader.GetString(0)}; create one with ENCODING 'UTF8'.");
        }
        if (reader.IsDBNull(1))
        {
            throw new StoreConfigurationException($"None of the schemas in the search path exists in {database}; create one, or correct 'Search Path' in the connection string.");
        }
    }
}
