namespace MetricsGrains.Storage.Postgres;

/// <summary>The advisory locks by which nodes agree, each held until its transaction ends, or its session where that is said. The numbers may only grow: nodes of several versions meet here.</summary>
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

    /// <summary>Held for its session by the node that evaluates alert rules; or, shared, by every silo of the cluster that does.</summary>
    public const int EvaluateRules = 11;

    /// <summary>Held by a silo that finds out whether the database is its cluster's.</summary>
    public const int TakeCluster = 12;

    public static string Shared(int what) => $"SELECT pg_advisory_xact_lock_shared({Class}, {what})";

    public static string Exclusive(int what) => $"SELECT pg_advisory_xact_lock({Class}, {what})";

    /// <summary>A condition on pg_locks: the row of whoever has it.</summary>
    public static string IsHeld(int what) =>
        $"locktype = 'advisory' AND granted AND classid = {Class} AND objid = {what} AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    /// <summary>Answers whether the session has it now.</summary>
    public static string TryForSession(int what) => $"SELECT pg_try_advisory_lock({Class}, {what})";

    /// <summary>As <see cref="TryForSession"/>, together with others who ask for it so.</summary>
    public static string TrySharedForSession(int what) => $"SELECT pg_try_advisory_lock_shared({Class}, {what})";
}
