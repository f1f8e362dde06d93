using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>The alert that a channel does not deliver, told through other channels.</summary>
public static class ChannelFailure
{
    /// <summary>Attempts that fail one after another make an alert, as does one message that is given up.</summary>
    public const int FailuresInARow = 5;

    private const string MetricName = "metricsgrains.notifications.failed";

    /// <summary>Whether a notice is of a channel rather than of a rule.</summary>
    public static bool IsOne(AlertNotice notice) => notice.MetricName == MetricName && notice.WindowMinutes == 1 && notice.Tags.TryGet("channel", out string? _);

    /// <param name="sinceMs">When it began, Unix ms: with the channel's id the incident.</param>
    /// <param name="answer">What the last attempt was answered.</param>
    public static AlertNotice Notice(Channel channel, long sinceMs, bool goesOn, string answer, int waiting, long nowMs)
    {
        string name = $"Channel {channel.Name} does not deliver";
        var matcher = new AlertMatcher(AlertLabels.RuleName, MatchOperator.Equal, name);
        TagSet tags = TagSet.Of(("channel", channel.Name), ("type", ChannelTypes.NameOf(channel.Type)));
        return new AlertNotice
        {
            // No rule has it: ids are random.
            RuleId = channel.Id,
            RuleName = name,
            Severity = AlertSeverity.Critical,
            MetricName = MetricName,
            Condition = AlertCondition.Gte,
            Threshold = FailuresInARow,
            WindowMinutes = 1,
            Tags = tags,
            Instance = tags.ToString(),
            Status = goesOn ? AlertStatus.Firing : AlertStatus.Resolved,
            IncidentMs = sinceMs,
            EndedMs = goesOn ? null : Math.Max(sinceMs, nowMs),
            AtMs = nowMs,
            Message = goesOn
                ? FormattableString.Invariant($"Alerts sent to channel {channel.Name} don't arrive: {answer}. {waiting} {(waiting == 1 ? "message waits" : "messages wait")}.")
                : $"Channel {channel.Name} delivers again.",
            RepeatInterval = TimeSpan.FromHours(4),
            ChartPath = $"/alerts/channels/{channel.Id}",
            SilencePath = "/alerts/silences/new?matcher=" + Uri.EscapeDataString(AlertMatcherText.Format(matcher)),
        };
    }
}
