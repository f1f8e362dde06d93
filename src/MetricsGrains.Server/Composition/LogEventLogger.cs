using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>Says in the process's log what happened to the write-ahead log, and what can be done about it.</summary>
internal sealed partial class LogEventLogger(ILogger logger)
{
    public void Handle(LogEvent happened)
    {
        switch (happened)
        {
            case LogEvent.RecordCorrupt damage:
                LogDamage(logger, damage.Segment, damage.Offset, damage.Bytes, damage.Reason, damage.Sequence is { } sequence ? $"record {sequence}" : "one or more records");
                break;
            case LogEvent.SegmentHeaderCorrupt damage:
                LogHeaderDamage(logger, damage.Segment);
                break;
            case LogEvent.TornTailCut or LogEvent.AppendsResumed:
                LogNotice(logger, happened.ToString());
                break;
            default:
                LogTrouble(logger, happened.ToString());
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Write-ahead log: segment {Segment} is damaged at byte {Offset}: {Reason}. {Bytes} bytes are lost, {What}; what is before and after them is read. Check the disk that holds the data folder; to stop at damage instead, set MetricsGrains:Log:OnCorruption to Refuse.")]
    private static partial void LogDamage(ILogger logger, string segment, long offset, long bytes, string reason, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "Write-ahead log: the header of segment {Segment} is damaged, at byte 0. No record is lost by that; check the disk that holds the data folder.")]
    private static partial void LogHeaderDamage(ILogger logger, string segment);

    [LoggerMessage(Level = LogLevel.Information, Message = "Write-ahead log: {Event}")]
    private static partial void LogNotice(ILogger logger, string @event);

    [LoggerMessage(Level = LogLevel.Error, Message = "Write-ahead log: {Event}. Check the disk that holds the data folder: its space, its health.")]
    private static partial void LogTrouble(ILogger logger, string @event);
}
