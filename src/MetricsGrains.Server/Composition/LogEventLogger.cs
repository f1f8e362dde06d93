using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>Says in the process's log what happened to the write-ahead log.</summary>
internal sealed partial class LogEventLogger(ILogger logger)
{
    public void Handle(LogEvent happened)
    {
        if (happened is LogEvent.TornTailCut or LogEvent.AppendsResumed)
        {
            LogNotice(logger, happened.ToString());
        }
        else
        {
            LogTrouble(logger, happened.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Write-ahead log: {Event}")]
    private static partial void LogNotice(ILogger logger, string @event);

    [LoggerMessage(Level = LogLevel.Error, Message = "Write-ahead log: {Event}. Check the disk that holds the data folder: its space, its health.")]
    private static partial void LogTrouble(ILogger logger, string @event);
}
