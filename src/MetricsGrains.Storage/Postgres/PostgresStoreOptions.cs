namespace MetricsGrains.Storage.Postgres;

/// <summary>Which PostgreSQL the store uses and how much of it.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>As Npgsql takes it: "Host=db;Port=5432;Database=metrics;Username=metrics;Password=…". "Search Path=…" picks the schema.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How long one statement may take before the call fails. Null: as the connection string's "Command Timeout" says, which is 30 s when it says nothing.</summary>
    public TimeSpan? CommandTimeout { get; init; }

    /// <summary>Connections at most, of which writes take one and maintenance one; the others are for reads. At least 3.</summary>
    public int MaxPoolSize { get; init; } = 10;

    /// <summary>For a second node that only reads: nothing is migrated or written, and the database user needs no right but SELECT.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Series whose tags are kept in memory, for writing and again for reading (about 200 bytes each).</summary>
    public int MaxCachedSeries { get; init; } = 1_000_000;
}
