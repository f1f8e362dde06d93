using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Sending;

/// <summary>An attempt that ended before the receiver said what it thinks of the message: no address, no connection, no whole answer.</summary>
internal sealed class SendFailedException(SendOutcome outcome) : Exception(outcome.Answer)
{
    public SendOutcome Outcome => outcome;
}
