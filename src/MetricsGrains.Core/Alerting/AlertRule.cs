using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>
/// A rule as people write it: what to watch, when it is an alert, whom to tell. Immutable; an edit makes another version of it.
/// <see cref="AlertRuleValidation"/> says what values are allowed.
/// </summary>
public sealed record AlertRule
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public AlertRuleType Type { get; init; } = AlertRuleType.Threshold;

    /// <summary>The metric. It need not exist yet.</summary>
    public required string MetricName { get; init; }

    public IReadOnlyList<TagFilter> TagFilter { get; init; } = [];

    /// <summary>Tag keys; one alert instance for each combination of their values. Empty: one instance for everything.</summary>
    public IReadOnlyList<string> GroupBy { get; init; } = [];

    /// <summary>What is made of the window's samples. Not used by a dead-man's switch.</summary>
    public Statistic Statistic { get; init; } = new(StatisticKind.Avg);

    public AlertCondition Condition { get; init; } = AlertCondition.Gt;

    /// <summary>In the metric's unit; finite.</summary>
    public double Threshold { get; init; }

    /// <summary>What a firing instance's value must reach to be all right again (hysteresis). Null: as soon as the condition does not hold.</summary>
    public double? RecoveryThreshold { get; init; }

    /// <summary>Length of the window that is evaluated; for a dead-man's switch how long the silence must last. 1 … 1,440.</summary>
    public int WindowMinutes { get; init; } = 5;

    /// <summary>How long the condition must hold before the instance fires.</summary>
    public TimeSpan For { get; init; }

    /// <summary>How long the condition must be gone before the instance resolves.</summary>
    public TimeSpan KeepFiringFor { get; init; }

    public NoDataPolicy NoData { get; init; } = NoDataPolicy.KeepLast;

    /// <summary>How long samples must be missing before <see cref="NoData"/> applies, from the first window without any.</summary>
    public TimeSpan NoDataAfter { get; init; } = TimeSpan.FromMinutes(5);

    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>Ids or names of the channels to tell.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>A firing alert that nobody acknowledged is told again after this long; zero: never.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromHours(4);

    /// <summary>While an instance fires, alerts of less severity whose tags agree with its tags are not told.</summary>
    public bool Inhibits { get; init; }

    /// <summary>http(s) URL, or empty.</summary>
    public string RunbookUrl { get; init; } = "";

    /// <summary>See <see cref="MessageTemplate"/>. Empty: a sentence made of the rule.</summary>
    public string Message { get; init; } = "";

    /// <summary>The team that owns the rule.</summary>
    public string Owner { get; init; } = "";

    public bool Enabled { get; init; } = true;

    /// <summary>1 for a new rule, one more with each edit.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Unix ms.</summary>
    public long CreatedAtMs { get; init; }

    /// <summary>Unix ms.</summary>
    public long UpdatedAtMs { get; init; }

    /// <summary>Who made this version, as far as is known.</summary>
    public string UpdatedBy { get; init; } = "";

    public TimeSpan Window => TimeSpan.FromMinutes(WindowMinutes);

    /// <summary>
    /// Whether a value is an alert. A firing instance stays one until its value has reached the recovery threshold. A dead-man's switch is breached by
    /// seconds of silence, as many as its window has.
    /// </summary>
    public bool IsBreaching(double value, bool firing) => Type == AlertRuleType.DeadMan
        ? value >= Window.TotalSeconds
        : AlertConditions.Holds(Condition, value, firing && RecoveryThreshold is { } recovery ? recovery : Threshold);
}
