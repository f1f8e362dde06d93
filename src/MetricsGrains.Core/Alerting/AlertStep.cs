using System.Diagnostics;

namespace MetricsGrains.Core.Alerting;

/// <summary>The state machine of one alert instance: pure, and total over its inputs.</summary>
public static class AlertStep
{
    /// <summary>How long an instance that fired is shown as resolved.</summary>
    public static readonly TimeSpan ResolvedFor = TimeSpan.FromMinutes(15);

    /// <summary>The state after an evaluation. Repeating it at the same time changes nothing.</summary>
    /// <param name="muted">Whether the rule is muted now.</param>
    /// <param name="nowMs">Unix ms. An earlier time than the last step's makes clocks stand still, never run backwards.</param>
    public static AlertState Next(AlertRule rule, AlertState state, Observation seen, bool muted, long nowMs)
    {
        if (seen.Kind == ObservationKind.Value && double.IsNaN(seen.Value))
        {
            seen = Observation.Failed("the value is not a number");
        }
        AlertState held = seen.Kind switch
        {
            ObservationKind.Value => OnValue(rule, state, seen.Value, nowMs),
            ObservationKind.NoData => OnNoData(rule, state, nowMs),
            // Nothing is known, so nothing follows: neither an alert nor its end. Silence has to be seen anew, for the node was not there to hear.
            ObservationKind.Incomplete => state with { SilentSinceMs = null },
            ObservationKind.Failed => state,
            _ => throw new UnreachableException($"BUG: observation {seen.Kind} has no step"),
        };
        AlertPhase phase = seen.Kind == ObservationKind.Failed ? AlertPhase.Error : muted ? AlertPhase.Muted : held.Held;
        return held with { Phase = phase, SinceMs = phase == state.Phase && state.SinceMs > 0 ? state.SinceMs : nowMs, Detail = seen.Detail };
    }

    /// <summary>Whether a value is an alert for an instance in this state: one whose condition was seen to hold needs the recovery threshold to be well.</summary>
    public static bool IsBreaching(AlertRule rule, AlertState state, double value) => rule.IsBreaching(value, state is { IsAlerting: true, Breached: true });

    /// <summary>The end of an instance that nobody evaluates any more: its rule was deleted, disabled or changed, or its group forgotten.</summary>
    public static AlertState End(AlertState state, string why, long nowMs)
    {
        AlertState ended = state.IsAlerting ? Resolve(state, nowMs) : state with { Held = AlertPhase.Inactive };
        return ended with
        {
            Phase = ended.Held,
            SinceMs = ended.Held == state.Phase ? state.SinceMs : nowMs,
            PendingSinceMs = null,
            ClearSinceMs = null,
            SilentSinceMs = null,
            Detail = why,
        };
    }

    private static AlertState OnValue(AlertRule rule, AlertState state, double value, long now)
    {
        AlertState known = state with { LastValue = value, LastValueMs = now, SilentSinceMs = null, PendingSinceMs = PendingAfterSilence(rule, state, now) };
        return IsBreaching(rule, state, value) ? Breach(rule, known, now) : Clear(rule, known, now);
    }

    /// <summary>
    /// A gap shorter than the no-data policy's wait is none, and the clock of <c>for</c> runs through it. Beyond that nobody knows whether the
    /// condition held, so the clock stood.
    /// </summary>
    private static long? PendingAfterSilence(AlertRule rule, AlertState state, long now)
    {
        long stood = state.SilentSinceMs is { } silent ? Elapsed(silent, now) - (long)rule.NoDataAfter.TotalMilliseconds : 0;
        return stood > 0 ? state.PendingSinceMs + stood : state.PendingSinceMs;
    }

    private static AlertState OnNoData(AlertRule rule, AlertState state, long now)
    {
        AlertState silent = state with { SilentSinceMs = state.SilentSinceMs ?? now };
        if (!HasPassed(silent.SilentSinceMs.Value, rule.NoDataAfter, now))
        {
            return Age(silent, now);
        }
        return rule.NoData switch
        {
            NoDataPolicy.KeepLast => Age(silent, now),
            NoDataPolicy.Ok => Clear(rule, silent, now),
            // A firing instance whose data went missing is the same incident: whoever was told need not be told anew.
            NoDataPolicy.Alert => Alert(silent, AlertPhase.NoData, now) with { PendingSinceMs = null },
            _ => throw new UnreachableException($"BUG: no-data policy {rule.NoData} has no step"),
        };
    }

    private static AlertState Breach(AlertRule rule, AlertState state, long now)
    {
        if (!state.IsAlerting)
        {
            state = state with { Held = AlertPhase.Pending, PendingSinceMs = state.PendingSinceMs ?? now };
            if (!HasPassed(state.PendingSinceMs!.Value, rule.For, now))
            {
                return state;
            }
        }
        return Alert(state, AlertPhase.Firing, now) with { Breached = true, PendingSinceMs = null };
    }

    private static AlertState Clear(AlertRule rule, AlertState state, long now)
    {
        if (!state.IsAlerting)
        {
            return Age(state with { Held = state.Held == AlertPhase.Pending ? AlertPhase.Inactive : state.Held, PendingSinceMs = null }, now);
        }
        AlertState clearing = state with { ClearSinceMs = state.ClearSinceMs ?? now };
        return HasPassed(clearing.ClearSinceMs.Value, rule.KeepFiringFor, now) ? Resolve(clearing, now) : clearing;
    }

    private static AlertState Alert(AlertState state, AlertPhase held, long now) => state.IsAlerting
        ? state with { Held = held, ClearSinceMs = null }
        : state with { Held = held, ClearSinceMs = null, Breached = false, IncidentMs = Math.Max(now, (state.IncidentMs ?? long.MinValue) + 1) };

    private static AlertState Resolve(AlertState state, long now) =>
        state with { Held = AlertPhase.Resolved, ResolvedMs = now, PendingSinceMs = null, ClearSinceMs = null, Breached = false };

    private static AlertState Age(AlertState state, long now) =>
        state.Held == AlertPhase.Resolved && HasPassed(state.ResolvedMs ?? now, ResolvedFor, now) ? state with { Held = AlertPhase.Inactive } : state;

    private static bool HasPassed(long sinceMs, TimeSpan wait, long now) => Elapsed(sinceMs, now) >= (long)wait.TotalMilliseconds;

    // A clock that was set back makes no time at all.
    private static long Elapsed(long sinceMs, long now) => Math.Max(0, now - sinceMs);
}
