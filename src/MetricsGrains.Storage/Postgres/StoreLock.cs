namespace MetricsGrains.Storage.Postgres;

/// <summary>The advisory locks by which nodes agree, each held until its transaction ends. The numbers may only grow: nodes of several versions meet here.</summary>
internal static class StoreLock
{
    /// <summary>"MGRS": tells ours from other programs' advisory locks.</summary>
    public const int Class = 0x4D475253;

    /// <summary>Held while the schema is checked and changed.</summary>
    public const int Migrate = 1;

    /// <summary>Shared by whoever writes rows, exclusive for whoever drops partitions: what was dropped can't change under a write.</summary>
    public const int Retain = 2;

    /// <summary>Held by whoever makes a partition.</summary>
    public const int MakePartition = 3;

    /// <summary>Held by whoever edits alert rules, channels or silences.</summary>
    public const int EditAlerting = 10;

    public static string Shared(int what) => $"SELECT pg_advisory_xact_lock_shared({Class}, {what})";

    public static string Exclusive(int what) => $"SELECT pg_advisory_xact_lock({Class}, {what})";
}
