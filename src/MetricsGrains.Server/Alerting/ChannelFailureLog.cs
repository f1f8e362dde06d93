using MetricsGrains.Core.Alerting;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>The log hears of every channel that fails, once, for there may be nobody else.</summary>
internal sealed partial class ChannelFailureLog(ILogger logger)
{
    private readonly HashSet<Guid> _logged = [];

    public void Look(ChannelFailures failures, IReadOnlyList<Channel> channels)
    {
        foreach (Guid failing in failures.Failing.Where(_logged.Add))
        {
            IReadOnlyList<Channel> told = failures.ListenersOf(failing);
            LogFailing(logger, NameOf(failing, channels), told.Count == 0 ? "nobody, for there is no other enabled channel" : string.Join(", ", told.Select(c => c.Name)));
        }
        foreach (Guid mended in _logged.Where(id => !failures.Failing.Contains(id)).ToList())
        {
            _logged.Remove(mended);
            LogMended(logger, NameOf(mended, channels));
        }
    }

    private static string NameOf(Guid id, IReadOnlyList<Channel> channels) => channels.FirstOrDefault(c => c.Id == id)?.Name ?? id.ToString();

    [LoggerMessage(Level = LogLevel.Error, Message = "The channel '{Channel}' does not deliver: alerts sent to it don't arrive. Told of it: {Listeners}. Look at the channel's page for what its receiver answers.")]
    private static partial void LogFailing(ILogger logger, string channel, string listeners);

    [LoggerMessage(Level = LogLevel.Information, Message = "The channel '{Channel}' delivers again, or is gone.")]
    private static partial void LogMended(ILogger logger, string channel);
}
