using MetricsGrains.Core.Alerting;
using MetricsGrains.Query;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Which rules a list is asked for; empty: any.</summary>
internal sealed record RuleFilter(string Match, string Metric, string Owner, string Channel, string Severity, string State, bool? Enabled)
{
    private static readonly string[] s_severities = [.. Enum.GetValues<AlertSeverity>().Select(AlertNames.Of)];
    private static readonly string[] s_states = [.. Enum.GetValues<AlertPhase>().Select(RuleJson.NameOf)];

    /// <exception cref="QueryException">A word is none of those there are.</exception>
    public static RuleFilter Of(QueryParameters parameters) => new(
        parameters.Text("match"),
        parameters.Text("metric"),
        parameters.Text("owner"),
        parameters.Text("channel"),
        Word(parameters, "severity", s_severities),
        Word(parameters, "state", s_states),
        Word(parameters, "enabled", ["true", "false"]) switch { "true" => true, "false" => false, _ => null });

    public bool Matches(AlertRule rule, AlertRuleState? state, ChannelNames channels) =>
        (Match.Length == 0 || rule.Name.Contains(Match, StringComparison.OrdinalIgnoreCase))
        && (Metric.Length == 0 || rule.MetricName == Metric)
        && (Owner.Length == 0 || rule.Owner.Equals(Owner, StringComparison.OrdinalIgnoreCase))
        && (Channel.Length == 0 || rule.Channels.Any(c => channels.AreSame(c, Channel)))
        && (Severity.Length == 0 || AlertNames.Of(rule.Severity) == Severity)
        && (State.Length == 0 || RuleJson.NameOf(AlertPhases.WorstOf(rule, state)) == State)
        && (Enabled is null || rule.Enabled == Enabled);

    private static string Word(QueryParameters parameters, string name, string[] words)
    {
        string text = parameters.Text(name).ToLowerInvariant();
        return text.Length == 0 || words.Contains(text) ? text : throw new QueryException(name, $"'{text}' must be one of {string.Join(", ", words)}");
    }
}
