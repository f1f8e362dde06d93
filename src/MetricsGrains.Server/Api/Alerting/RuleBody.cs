using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Reads a rule as the API and the YAML file have it.</summary>
internal static class RuleBody
{
    /// <summary>What an answer has beside the rule itself; brought back, it means nothing.</summary>
    private static readonly string[] s_answered =
        ["created_at", "updated_at", "updated_by", "last_fired_at", "state", "firing", "pending", "instance_count", "instances", "mute", "last_evaluated_at", "waiting_for_first_sample", "problem", "summary"];

    /// <param name="byDefault">Gives what is absent: an empty rule, or the stored one that is to be changed in parts.</param>
    /// <param name="isNew">Whether fields without a sensible default must be there.</param>
    /// <returns>A rule of the default's id, version and stamps. Whether its values are allowed is for <see cref="AlertRuleValidation"/> to say.</returns>
    public static AlertRule Read(JsonFields fields, AlertRule byDefault, ChannelNames channels, bool isNew)
    {
        fields.Ignore(s_answered);
        AlertRuleType type = fields.Choice("type", byDefault.Type, ("threshold", AlertRuleType.Threshold), ("dead_man", AlertRuleType.DeadMan));
        AlertRule rule = byDefault with
        {
            Name = fields.Text("name", byDefault.Name).Trim(),
            Type = type,
            MetricName = fields.Text("metric_name", byDefault.MetricName),
            TagFilter = fields.Stored("tag_filter", byDefault.TagFilter),
            GroupBy = fields.Texts("group_by", byDefault.GroupBy),
            Statistic = fields.Stored("statistic", byDefault.Statistic),
            Condition = fields.Choice("condition", byDefault.Condition, s_conditions),
            Threshold = fields.Number("threshold", byDefault.Threshold),
            RecoveryThreshold = fields.Has("recovery_threshold") ? fields.Number("recovery_threshold", 0) : fields.Names("recovery_threshold") ? null : byDefault.RecoveryThreshold,
            WindowMinutes = fields.Whole("window_minutes", byDefault.WindowMinutes),
            For = fields.Duration("for", byDefault.For),
            KeepFiringFor = fields.Duration("keep_firing_for", byDefault.KeepFiringFor),
            NoData = fields.Choice("no_data", byDefault.NoData, ("alert", NoDataPolicy.Alert), ("keep_last", NoDataPolicy.KeepLast), ("ok", NoDataPolicy.Ok)),
            NoDataAfter = fields.Duration("no_data_after", byDefault.NoDataAfter),
            Severity = fields.Choice("severity", byDefault.Severity, ("critical", AlertSeverity.Critical), ("warning", AlertSeverity.Warning), ("info", AlertSeverity.Info)),
            Channels = ReadChannels(fields, byDefault.Channels, channels),
            RepeatInterval = fields.Duration("repeat_interval", byDefault.RepeatInterval),
            Inhibits = fields.Flag("inhibits", byDefault.Inhibits),
            RunbookUrl = fields.Text("runbook_url", byDefault.RunbookUrl).Trim(),
            Message = fields.Text("message", byDefault.Message),
            Owner = fields.Text("owner", byDefault.Owner).Trim(),
            Enabled = fields.Flag("enabled", byDefault.Enabled),
        };
        if (isNew)
        {
            Require(fields, "metric_name");
            if (type == AlertRuleType.Threshold)
            {
                Require(fields, "threshold");
            }
        }
        return rule;
    }

    private static readonly (string, AlertCondition)[] s_conditions = [.. Enum.GetValues<AlertCondition>().Select(c => (AlertConditions.NameOf(c), c))];

    private static void Require(JsonFields fields, string name)
    {
        if (!fields.Has(name))
        {
            fields.Add(name, "missing");
        }
    }

    /// <summary><c>notification_channel</c> is the design document's one channel; <c>channels</c> are all.</summary>
    private static IReadOnlyList<string> ReadChannels(JsonFields fields, IReadOnlyList<string> byDefault, ChannelNames channels)
    {
        string[] named = [.. fields.Texts("channels", []).Select(channels.Stored)];
        string first = fields.Text("notification_channel", "") is { Length: > 0 } one ? channels.Stored(one) : "";
        if (!fields.Names("channels"))
        {
            return first.Length > 0 ? [first] : fields.Names("notification_channel") ? [] : byDefault;
        }
        if (first.Length > 0 && !named.Contains(first, StringComparer.OrdinalIgnoreCase))
        {
            fields.Add("notification_channel", $"'{channels.Shown(first)}' is not among the channels; leave one of the two out");
        }
        return named;
    }

    /// <summary>What <see cref="Read"/> fills in.</summary>
    public static AlertRule NewRule(Guid id) => new() { Id = id, Name = "", MetricName = "", Statistic = new Statistic(StatisticKind.Avg) };

    /// <summary>The rule's filter in JSON; see <see cref="AlertJson"/>.</summary>
    public static JsonElement FilterOf(AlertRule rule) => JsonSerializer.SerializeToElement(rule.TagFilter, AlertJson.Options);
}
