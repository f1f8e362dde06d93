using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>Copies of this node's log on other machines, without which nothing is acknowledged. Thread-safe.</summary>
public interface ILogCopies
{
    /// <summary>Why nothing is taken in now, for the sender; null when all is well.</summary>
    string? Refusal { get; }

    /// <summary>All records up to here are on another machine's disk too, as far as the store does not have them.</summary>
    ulong CopiedThrough { get; }

    /// <summary>Copies a record that is in this node's log. To be called in the order of their sequences.</summary>
    /// <param name="record">Lent until the task ends.</param>
    /// <returns>Ends when another machine has it on its disk, however long that takes; fails with <see cref="LogCopyException"/> when this node stops before.</returns>
    Task CopyAsync(LogRecord record);

    /// <summary>The store has everything below this record: copies need it no longer.</summary>
    void Release(ulong below);

    /// <summary>No more records come. Ends when those that came are copied, or given up after a while.</summary>
    Task EndAsync();
}

/// <summary>A record is in this node's log and in no copy of it. It counts when this node starts again, and is lost if the disk is.</summary>
public sealed class LogCopyException(string message, Exception? inner = null) : Exception(message, inner);
