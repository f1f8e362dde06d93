namespace MetricsGrains.Storage.Transfer;

/// <summary>From where to where a store is copied, and in which portions.</summary>
public sealed class StoreTransferOptions
{
    /// <summary>The SQLite file to copy. No other process may have it open meanwhile.</summary>
    public required string SqlitePath { get; init; }

    /// <summary>The SQLite file of alerting, if there is one at this path. Null: none is copied.</summary>
    public string? AlertsPath { get; init; }

    /// <summary>The PostgreSQL database to copy to, as Npgsql takes it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Throws away what an earlier transfer that did not end has copied. Nothing that a node wrote is ever thrown away.</summary>
    public bool Restart { get; init; }

    /// <summary>Rows of the source a transaction takes at most; 1 or more. A transfer that is killed does at most this much again.</summary>
    public int BatchRows { get; init; } = 50_000;

    /// <summary>Bytes of rows a transaction takes, about: wide sketches and raw blocks end it before <see cref="BatchRows"/>.</summary>
    public long BatchBytes { get; init; } = 32 << 20;
}
