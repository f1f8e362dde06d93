using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>What a notice says of its alert. Stored and sent by name.</summary>
public enum AlertStatus : byte
{
    Firing = 1,

    /// <summary>Firing because its data is missing.</summary>
    NoData = 2,

    Resolved = 3,
}

/// <summary>
/// What an AlertGrain tells a channel of one instance, at every evaluation while it fires or has just resolved. The channel decides what
/// becomes a message: telling it twice is safe.
/// </summary>
public sealed record AlertNotice
{
    public required Guid RuleId { get; init; }

    public required string RuleName { get; init; }

    public AlertRuleType RuleType { get; init; } = AlertRuleType.Threshold;

    public required AlertSeverity Severity { get; init; }

    public required string MetricName { get; init; }

    public Statistic Statistic { get; init; }

    public AlertCondition Condition { get; init; } = AlertCondition.Gt;

    public double Threshold { get; init; }

    public int WindowMinutes { get; init; }

    /// <summary>The metric's unit; may be empty.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The instance's tags, those of its group and those its rule's filter fixes.</summary>
    public required TagSet Tags { get; init; }

    /// <summary>The instance by which its history is kept: see <see cref="AlertEvent.Instance"/>.</summary>
    public string Instance { get; init; } = "";

    public required AlertStatus Status { get; init; }

    /// <summary>The newest value; null when there never was one. Of a dead-man's switch the seconds of silence.</summary>
    public double? Value { get; init; }

    /// <summary>When the incident began, Unix ms.</summary>
    public required long IncidentMs { get; init; }

    /// <summary>When it ended, Unix ms; null while it goes on.</summary>
    public long? EndedMs { get; init; }

    /// <summary>When this was so, Unix ms.</summary>
    public required long AtMs { get; init; }

    /// <summary>The rule's message for this instance, rendered. Never empty.</summary>
    public required string Message { get; init; }

    public string Owner { get; init; } = "";

    public string RunbookUrl { get; init; } = "";

    /// <summary>See <see cref="AlertRule.RepeatInterval"/>.</summary>
    public TimeSpan RepeatInterval { get; init; }

    public bool Inhibits { get; init; }

    /// <summary>The rule is muted: only the end of what was told before may be told.</summary>
    public bool Muted { get; init; }

    public Acknowledgement? Acknowledged { get; init; }

    /// <summary>The last values, oldest first, for a sparkline; may be empty.</summary>
    public IReadOnlyList<double> Recent { get; init; } = [];

    /// <summary>Path and query of the dashboard's chart around this time, beginning with "/".</summary>
    public string ChartPath { get; init; } = "/";

    /// <summary>Path and query of a new silence for this instance, beginning with "/".</summary>
    public string SilencePath { get; init; } = "/";

    /// <summary>The same for every notice of one incident, and for no other.</summary>
    public string IncidentKey => FormattableString.Invariant($"{RuleId:N}/{Tags}/{IncidentMs}");

    /// <summary>Firing or NoData.</summary>
    public bool IsAlerting => Status != AlertStatus.Resolved;
}
