using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>One group of a rule and where it stands.</summary>
/// <param name="Tags">The group's tags; empty for a rule that does not group. A key that the series lack is left out.</param>
/// <param name="SeenMs">When the group was last in an answer, Unix ms: groups that are gone for long are forgotten.</param>
/// <param name="Acknowledged">Who has taken the present incident on; null when nobody has.</param>
public sealed record AlertInstance(TagSet Tags, AlertState State, long SeenMs, Acknowledgement? Acknowledged = null);

/// <summary>A person has taken an incident on: it is not told again.</summary>
/// <param name="AtMs">Unix ms.</param>
/// <param name="Note">May be empty.</param>
public sealed record Acknowledgement(string By, long AtMs, string Note);

/// <summary>A rule is quiet until then, though evaluated.</summary>
/// <param name="UntilMs">Unix ms; long.MaxValue: until somebody ends it.</param>
public sealed record RuleMute(long UntilMs, string By, string Why);

/// <summary>What an AlertGrain keeps from evaluation to evaluation, saved whenever it changed.</summary>
/// <param name="RuleVersion">The version the instances were evaluated with.</param>
/// <param name="LastFiredAtMs">Unix ms; null: never.</param>
/// <param name="LastEvaluationMs">Unix ms of the last evaluation that was saved; 0 before the first.</param>
/// <param name="Revision">Rises with every state that must be saved: of two copies the greater is the newer, whatever became of clocks.</param>
public sealed record AlertRuleState(Guid RuleId, int RuleVersion, IReadOnlyList<AlertInstance> Instances, RuleMute? Mute, long? LastFiredAtMs, long LastEvaluationMs, long Revision = 0)
{
    public static AlertRuleState New(Guid ruleId) => new(ruleId, 0, [], null, null, 0);
}
