namespace MetricsGrains.Storage.Postgres;

/// <summary>What kind of PostgreSQL a database is.</summary>
public enum PostgresEdition
{
    /// <summary>No TimescaleDB extension in this database.</summary>
    Plain,

    /// <summary>TimescaleDB under the Apache licence: hypertables.</summary>
    TimescaleApache,

    /// <summary>TimescaleDB under the Timescale licence: hypertables and the columnstore.</summary>
    TimescaleCommunity,
}
