using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>What a connected server turned out to be.</summary>
/// <param name="Version">"15.20".</param>
/// <param name="TimescaleVersion">Null on a plain PostgreSQL.</param>
/// <param name="TimescaleAvailable">The server has TimescaleDB's files, whether this database uses them or not.</param>
public sealed record PostgresServer(PostgresEdition Edition, string Version, string? TimescaleVersion, bool TimescaleAvailable)
{
    internal const int OldestMajor = 13;

    public bool HasHypertables => Edition != PostgresEdition.Plain;

    public bool HasColumnstore => Edition == PostgresEdition.TimescaleCommunity;

    /// <summary>The edition and what it means, in a sentence for the log and the status page.</summary>
    public string Description => Edition switch
    {
        PostgresEdition.TimescaleCommunity => $"PostgreSQL {Version} with TimescaleDB {TimescaleVersion} (community): hypertables, cold chunks are compressed, retention drops chunks",
        PostgresEdition.TimescaleApache => $"PostgreSQL {Version} with TimescaleDB {TimescaleVersion} (Apache): hypertables, retention drops chunks; no compression, which needs the community edition",
        _ when TimescaleAvailable => $"PostgreSQL {Version}: native partitions, retention drops partitions; TimescaleDB is installed on the server but not in this database: CREATE EXTENSION timescaledb, then restart, gives hypertables",
        _ => $"PostgreSQL {Version}: native partitions, retention drops partitions; no compression, which needs TimescaleDB's community edition",
    };

    internal static async Task<PostgresServer> DetectAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        // The licence setting exists only once the extension is there.
        const string Sql = """
            SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
              CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN current_setting('timescaledb.license', true) END,
              EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        string? version = reader.IsDBNull(0) ? null : reader.GetString(0);
        string? licence = reader.IsDBNull(1) ? null : reader.GetString(1);
        PostgresEdition edition = version is null ? PostgresEdition.Plain
            : licence == "timescale" ? PostgresEdition.TimescaleCommunity
            : PostgresEdition.TimescaleApache;
        return new PostgresServer(edition, connection.PostgreSqlVersion.ToString(), version, reader.GetBoolean(2));
    }
}
