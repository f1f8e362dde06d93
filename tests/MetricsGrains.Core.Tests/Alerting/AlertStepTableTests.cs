using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>Every phase with every observation, policy, clock and mute, held against a table that can be read.</summary>
public sealed class AlertStepTableTests
{
    private const long Now = 1_776_416_400_000;
    private const long Minute = 60_000;

    // What is held, what is seen, and what is held then. Letters of phases: Inactive, Pending, Firing, Resolved, NoData (N: about missing data
    // alone, n: after the condition held). "for?" and "keep?" ask whether that clock has run out; a | stands before what holds when it has not.
    private static readonly Dictionary<(string Held, string Seen), string> s_table = Read("""
        I breach    for? F|P
        I between   I
        I clear     I
        I gap       I
        I silence   alert:N keep:I ok:I
        P breach    for? F|P
        P between   I
        P clear     I
        P gap       P
        P silence   alert:N keep:P ok:I
        F breach    F
        F between   F
        F clear     keep? R|F
        F gap       F
        F silence   alert:n keep:F ok:keep? R|F
        R breach    for? F|P
        R between   R
        R clear     R
        R gap       R
        R silence   alert:N keep:R ok:R
        N breach    F
        N between   keep? R|N
        N clear     keep? R|N
        N gap       N
        N silence   alert:N keep:N ok:keep? R|N
        n breach    F
        n between   F
        n clear     keep? R|n
        n gap       n
        n silence   alert:n keep:n ok:keep? R|n
        """);

    [Fact]
    public void Next_EveryPhaseObservationPolicyClockAndMute_IsAsTheTableSays()
    {
        int cases = 0;
        foreach (string held in (string[])["I", "P", "F", "R", "N", "n"])
        {
            foreach (string seen in (string[])["breach", "between", "clear", "gap", "silence", "incomplete", "failed", "nan"])
            {
                foreach (NoDataPolicy policy in Enum.GetValues<NoDataPolicy>())
                {
                    for (int flags = 0; flags < 16; flags++)
                    {
                        Assert(held, seen, policy, forOver: (flags & 1) > 0, keepOver: (flags & 2) > 0, muted: (flags & 4) > 0, wasError: (flags & 8) > 0);
                        cases++;
                    }
                }
            }
        }
        Xunit.Assert.Equal(6 * 8 * 3 * 16, cases);
    }

    private static void Assert(string held, string seen, NoDataPolicy policy, bool forOver, bool keepOver, bool muted, bool wasError)
    {
        AlertRule rule = SomeRule.Threshold() with
        {
            RecoveryThreshold = 80,
            NoData = policy,
            NoDataAfter = TimeSpan.FromMinutes(3),
            // Zero is over at once; for an instance under way the clock below has run for four minutes.
            For = forOver ? (held == "P" ? TimeSpan.FromMinutes(4) : TimeSpan.Zero) : TimeSpan.FromMinutes(6),
            KeepFiringFor = keepOver ? TimeSpan.FromMinutes(4) : TimeSpan.FromMinutes(6),
        };
        AlertState before = StateOf(held, seen, wasError ? AlertPhase.Error : muted ? AlertPhase.Muted : null);
        AlertState after = AlertStep.Next(rule, before, ObservationOf(seen), muted, Now);
        string context = $"{held} sees {seen}, {policy}, for over {forOver}, keep over {keepOver}, muted {muted}, was error {wasError}";

        string expected = Expected(held, seen, policy, forOver, keepOver);
        Check.That(Letter(after) == expected, $"{context}: {Letter(after)}, want {expected}");
        AlertPhase shown = seen is "failed" or "nan" ? AlertPhase.Error : muted ? AlertPhase.Muted : after.Held;
        Check.That(after.Phase == shown, $"{context}: shown as {after.Phase}, want {shown}");
        Check.That(after.SinceMs == (after.Phase == before.Phase ? before.SinceMs : Now), $"{context}: since {after.SinceMs}");
        Check.That(after == AlertStep.Next(rule, after, ObservationOf(seen), muted, Now), $"{context}: once more at the same time changes it");
        CheckIncident(before, after, context);
    }

    private static void CheckIncident(AlertState before, AlertState after, string context)
    {
        if (before.IsAlerting == after.IsAlerting)
        {
            Check.That(after.IncidentMs == before.IncidentMs && after.ResolvedMs == before.ResolvedMs, $"{context}: the incident became another");
        }
        else if (after.IsAlerting)
        {
            Check.That(after.IncidentMs == Now, $"{context}: the new incident is {after.IncidentMs}");
        }
        else
        {
            Check.That(after.IncidentMs == before.IncidentMs && after.ResolvedMs == Now, $"{context}: ended {after.ResolvedMs}");
        }
        Check.That(after.PendingSinceMs is not null == (after.Held == AlertPhase.Pending), $"{context}: the clock of 'for' says {after.PendingSinceMs}");
        Check.That(after.ClearSinceMs is null || after.IsAlerting, $"{context}: the clock of 'keep_firing_for' says {after.ClearSinceMs}");
    }

    private static string Expected(string held, string seen, NoDataPolicy policy, bool forOver, bool keepOver)
    {
        if (seen is "incomplete" or "failed" or "nan")
        {
            return held;
        }
        string rule = s_table[(held, seen)];
        if (seen == "silence")
        {
            string name = policy switch { NoDataPolicy.Alert => "alert:", NoDataPolicy.KeepLast => "keep:", _ => "ok:" };
            int at = rule.IndexOf(name, StringComparison.Ordinal) + name.Length, next = rule.IndexOf(':', at);
            rule = (next < 0 ? rule[at..] : rule[at..rule.LastIndexOf(' ', next)]).Trim();
        }
        if (rule.Contains('?', StringComparison.Ordinal))
        {
            bool over = rule.StartsWith("for", StringComparison.Ordinal) ? forOver : keepOver;
            string[] ways = rule[(rule.IndexOf('?', StringComparison.Ordinal) + 1)..].Trim().Split('|');
            return ways[over ? 0 : 1];
        }
        return rule;
    }

    private static AlertState StateOf(string held, string seen, AlertPhase? shown)
    {
        AlertPhase phase = held switch { "I" => AlertPhase.Inactive, "P" => AlertPhase.Pending, "F" => AlertPhase.Firing, "R" => AlertPhase.Resolved, _ => AlertPhase.NoData };
        bool alerting = phase is AlertPhase.Firing or AlertPhase.NoData;
        return new AlertState
        {
            Held = phase,
            Phase = shown ?? phase,
            SinceMs = Now - (20 * Minute),
            PendingSinceMs = phase == AlertPhase.Pending ? Now - (4 * Minute) : null,
            ClearSinceMs = alerting ? Now - (4 * Minute) : null,
            SilentSinceMs = seen == "silence" ? Now - (3 * Minute) : null,
            IncidentMs = phase is AlertPhase.Inactive or AlertPhase.Pending ? null : Now - (10 * Minute),
            ResolvedMs = phase == AlertPhase.Resolved ? Now - (2 * Minute) : null,
            Breached = held is "F" or "n",
        };
    }

    private static Observation ObservationOf(string seen) => seen switch
    {
        "breach" => Observation.Of(91),
        "between" => Observation.Of(85),
        "clear" => Observation.Of(80),
        "gap" or "silence" => Observation.NoData,
        "incomplete" => Observation.Incomplete("just started"),
        "failed" => Observation.Failed("no store"),
        _ => Observation.Of(double.NaN),
    };

    private static string Letter(AlertState state) => state.Held switch
    {
        AlertPhase.Inactive => "I",
        AlertPhase.Pending => "P",
        AlertPhase.Firing => "F",
        AlertPhase.Resolved => "R",
        AlertPhase.NoData => state.Breached ? "n" : "N",
        _ => "?",
    };

    private static Dictionary<(string, string), string> Read(string table) =>
        table.Split('\n').Select(l => l.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToDictionary(p => (p[0], p[1]), p => p[2]);
}
