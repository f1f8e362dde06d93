namespace MetricsGrains.Storage.Sqlite;

/// <summary>Where the SQLite store lives and what it may take.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The database file; its folder is made when absent. Two more files (-wal, -shm) lie beside it while it is open.</summary>
    public required string Path { get; init; }

    /// <summary>For a second process that only reads, beside one that writes or without: nothing is made, migrated or written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How long to wait for another process that holds the file.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads that may run at once, each on a connection of its own.</summary>
    public int ReadConnections { get; init; } = 4;

    /// <summary>Size the file may grow to; beyond it writes fail as if the disk were full. 0: no limit.</summary>
    public long MaxSizeBytes { get; init; }

    /// <summary>Series whose tags are kept in memory, for writing and again for reading (about 200 bytes each).</summary>
    public int MaxCachedSeries { get; init; } = 1_000_000;
}
