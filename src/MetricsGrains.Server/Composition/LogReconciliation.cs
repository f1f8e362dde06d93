using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>Brings a log and a store together that were not always together: one of them may have been restored from a backup.</summary>
internal sealed partial class LogReconciliation(FileIngestLog log, ILogger logger)
{
    /// <summary>Sees to it that nothing new is taken for something old, and says what is in neither of the two.</summary>
    /// <param name="cursors">The store's.</param>
    /// <exception cref="IOException">The log can't be written.</exception>
    public void Reconcile(string origin, IReadOnlyList<FlushCursor> cursors)
    {
        LogStatus status = log.Status;
        ulong stored = 0, archived = 0;
        foreach (FlushCursor cursor in cursors.Where(c => c.Origin == origin))
        {
            stored = Math.Max(stored, cursor.AppliedThrough);
            archived = cursor.Stream == FlushStream.Raw ? cursor.AppliedThrough : archived;
        }
        // Records are let go of once they are in the store, raw samples included.
        if (archived + 1 < status.FirstSequence)
        {
            LogStoreBehind(logger, archived + 1, status.FirstSequence - 1);
        }
        if (stored >= status.NextSequence)
        {
            // Before the time up to which the store is complete, memory must not be: it will lack what was in the lost records.
            long completeTo = cursors.Where(c => c.Origin == origin && c.Stream == FlushStream.Rollup).Select(c => c.OpenFromMs).DefaultIfEmpty(long.MinValue + 1).Max();
            log.SkipTo(stored + 1, completeTo - 1);
            LogLogBehind(logger, stored, status.NextSequence - 1);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log begins after what the store has: records {First} to {Last} are in neither, as far as there were any. A store that is restored from a backup older than the log reaches back, or exchanged for an empty one, lacks what was sent in between.")]
    private static partial void LogStoreBehind(ILogger logger, ulong first, ulong last);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store has records of this log up to {Stored}, the log itself only up to {Logged}: it is an older copy, or its end was lost. New records are numbered from there on, so that none is taken for one of those; what was in the lost ones and not yet in the store is gone.")]
    private static partial void LogLogBehind(ILogger logger, ulong stored, ulong logged);
}
