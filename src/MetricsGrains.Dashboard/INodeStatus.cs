namespace MetricsGrains.Dashboard;

/// <summary>What the dashboard tells about the process that serves it. Implemented by the host; read on every page load.</summary>
public interface INodeStatus
{
    string NodeName { get; }

    string Version { get; }

    DateTimeOffset StartedAt { get; }

    IReadOnlyList<NodeListener> Listeners { get; }

    /// <summary>It takes nothing in: it shows what others have written to the store.</summary>
    bool IsReadOnly { get; }

    /// <summary>Folder that holds the log and the default store.</summary>
    string DataPath { get; }

    /// <summary>For people: "SQLite", "PostgreSQL 15 with TimescaleDB 2.28 (community)".</summary>
    string StoreDescription { get; }
}
