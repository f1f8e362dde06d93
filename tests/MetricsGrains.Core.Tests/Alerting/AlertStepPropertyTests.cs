using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>What must hold of every life of an instance, whatever rule, observations, mutes and clock it meets.</summary>
public sealed class AlertStepPropertyTests
{
    private const int Lives = 3_000;
    private const int Steps = 120;
    private const long Start = 1_776_416_400_000;

    [Fact]
    public void Next_RandomLives_KeepTheirPromises()
    {
        for (int seed = 0; seed < Lives; seed++)
        {
            Live(seed);
        }
    }

    private static void Live(int seed)
    {
        var random = new Random(seed);
        AlertRule rule = RandomRule(random);
        AlertState state = AlertState.New;
        long now = Start, latest = Start;
        // The oracle: how long the condition was seen to hold, or not to, without anything seen against it.
        long? heldSince = null;
        long newestIncident = long.MinValue;
        for (int step = 0; step < Steps; step++)
        {
            now += random.Next(20) == 0 ? -random.Next(600_000) : random.Next(4) * 30_000;
            bool forward = now >= latest;
            latest = Math.Max(latest, now);
            Observation seen = RandomObservation(random);
            bool muted = random.Next(8) == 0;
            AlertState next = AlertStep.Next(rule, state, seen, muted, now);
            string context = $"seed {seed}, step {step}: {state.Held} sees {seen.Kind} {seen.Value}";

            Check.That(next == AlertStep.Next(rule, next, seen, muted, now), $"{context}: not the same once more");
            Check.That(next.Phase == (seen.Kind == ObservationKind.Failed ? AlertPhase.Error : muted ? AlertPhase.Muted : next.Held), $"{context}: shown as {next.Phase}");
            if (seen.Kind is ObservationKind.Failed or ObservationKind.Incomplete)
            {
                Check.That(next.Held == state.Held && next.IncidentMs == state.IncidentMs, $"{context}: unknown, but became {next.Held}");
            }
            bool began = !state.IsAlerting && next.IsAlerting, ended = state.IsAlerting && !next.IsAlerting;
            Track(rule, state, seen, now, ref heldSince);
            if (began)
            {
                Check.That(next.IncidentMs > newestIncident, $"{context}: incident {next.IncidentMs} is not after {newestIncident}");
                newestIncident = next.IncidentMs!.Value;
                Check.That(next.Held == AlertPhase.NoData || latest - heldSince >= (long)rule.For.TotalMilliseconds, $"{context}: fired after {latest - heldSince} ms");
                Check.That(next.Held != AlertPhase.NoData || rule.NoData == NoDataPolicy.Alert, $"{context}: missing data is no alert under {rule.NoData}");
            }
            else if (next.IsAlerting)
            {
                Check.That(next.IncidentMs == newestIncident, $"{context}: the incident became another");
            }
            if (ended)
            {
                bool well = seen.Kind == ObservationKind.Value && !rule.IsBreaching(seen.Value, firing: state.Breached);
                Check.That(well || (seen.Kind == ObservationKind.NoData && rule.NoData == NoDataPolicy.Ok), $"{context}: ended without being seen well");
            }
            if (state.IsAlerting && !forward)
            {
                Check.That(next.IsAlerting || rule.KeepFiringFor == TimeSpan.Zero || state.ClearSinceMs < now, $"{context}: ended by a clock set back");
            }
            state = next;
        }
    }

    /// <summary>Since when nothing was seen that speaks against the condition; null while something does.</summary>
    private static void Track(AlertRule rule, AlertState before, Observation seen, long now, ref long? heldSince)
    {
        if (seen.Kind == ObservationKind.Value)
        {
            heldSince = rule.IsBreaching(seen.Value, firing: before is { IsAlerting: true, Breached: true }) ? Math.Min(heldSince ?? now, now) : null;
        }
    }

    private static AlertRule RandomRule(Random random) => SomeRule.Threshold() with
    {
        RecoveryThreshold = random.Next(2) == 0 ? null : 80,
        For = TimeSpan.FromMinutes(random.Next(4)),
        KeepFiringFor = TimeSpan.FromMinutes(random.Next(3)),
        NoData = (NoDataPolicy)random.Next(1, 4),
        NoDataAfter = TimeSpan.FromMinutes(random.Next(4)),
    };

    private static Observation RandomObservation(Random random) => random.Next(10) switch
    {
        < 3 => Observation.Of(95),
        3 => Observation.Of(85),
        < 6 => Observation.Of(50),
        < 8 => Observation.NoData,
        8 => Observation.Incomplete("behind"),
        _ => Observation.Failed("no store"),
    };
}
