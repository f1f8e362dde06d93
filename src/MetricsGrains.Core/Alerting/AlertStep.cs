using System.Diagnostics;

namespace MetricsGrains.Core.Alerting;

/// <summary>The state machine of one alert instance: pure, and total over its inputs.</summary>
public static class AlertStep
{
    /// <summary>How long an instance that fired is shown as resolved.</summary>
    public static readonly TimeSpan ResolvedFor = TimeSpan.FromMinutes(15);

    /// <summary>The state after an evaluation.</summary>
    /// <param name="muted">Whether the rule is muted now.</param>
    /// <param name="nowMs">Unix ms. An earlier time than the last step's makes clocks stand still, never run backwards.</param>
    public static AlertState Next(AlertRule rule, AlertState state, Observation seen, bool muted, long nowMs)
    {
        AlertState held = seen.Kind switch
        {
            ObservationKind.Value => OnValue(rule, state, seen.Value, nowMs),
            ObservationKind.NoData => OnNoData(rule, state, nowMs),
            // Nothing is known, so nothing follows: neither an alert nor its end.
            ObservationKind.Incomplete or ObservationKind.Failed => state,
            _ => throw new UnreachableException($"BUG: observation {seen.Kind} has no step"),
        };
        AlertPhase phase = seen.Kind == ObservationKind.Failed ? AlertPhase.Error : muted ? AlertPhase.Muted : held.Held;
        string detail = seen.Detail.Length > 0 ? seen.Detail : held.Held == state.Held ? Kept(state) : held.Detail;
        return held with { Phase = phase, SinceMs = phase == state.Phase ? state.SinceMs : nowMs, Detail = detail };
    }

    /// <summary>The end of an instance that nobody evaluates any more: its rule was deleted, disabled or changed, or its group forgotten.</summary>
    public static AlertState End(AlertState state, string why, long nowMs) => state.IsAlerting
        ? Resolve(state, nowMs) with { Phase = AlertPhase.Resolved, SinceMs = nowMs, Detail = why }
        : state with { Held = AlertPhase.Inactive, Phase = AlertPhase.Inactive, SinceMs = state.Phase == AlertPhase.Inactive ? state.SinceMs : nowMs, PendingSinceMs = null, Detail = why };

    // An error's text must not outlive the error.
    private static string Kept(AlertState state) => state.Phase == AlertPhase.Error ? "" : state.Detail;

    private static AlertState OnValue(AlertRule rule, AlertState state, double value, long now)
    {
        AlertState known = state with { LastValue = value, LastValueMs = now, SilentSinceMs = null };
        return rule.IsBreaching(value, state.Held == AlertPhase.Firing) ? Breach(rule, known, now) : Clear(rule, known, now);
    }

    private static AlertState OnNoData(AlertRule rule, AlertState state, long now)
    {
        AlertState silent = state with { SilentSinceMs = state.SilentSinceMs ?? now };
        if (now - silent.SilentSinceMs < (long)rule.NoDataAfter.TotalMilliseconds)
        {
            return Age(silent, now);
        }
        return rule.NoData switch
        {
            NoDataPolicy.KeepLast => Age(silent, now),
            NoDataPolicy.Ok => Clear(rule, silent, now),
            // A firing instance whose data went missing is the same incident: whoever was told need not be told anew.
            NoDataPolicy.Alert => silent with { Held = AlertPhase.NoData, IncidentMs = state.IsAlerting ? state.IncidentMs : now, PendingSinceMs = null, ClearSinceMs = null },
            _ => throw new UnreachableException($"BUG: no-data policy {rule.NoData} has no step"),
        };
    }

    private static AlertState Breach(AlertRule rule, AlertState state, long now)
    {
        if (state.IsAlerting)
        {
            return state with { Held = AlertPhase.Firing, ClearSinceMs = null };
        }
        AlertState pending = state with { Held = AlertPhase.Pending, PendingSinceMs = state.PendingSinceMs ?? now, ClearSinceMs = null };
        return now - pending.PendingSinceMs >= (long)rule.For.TotalMilliseconds
            ? pending with { Held = AlertPhase.Firing, IncidentMs = now, PendingSinceMs = null }
            : pending;
    }

    private static AlertState Clear(AlertRule rule, AlertState state, long now)
    {
        if (!state.IsAlerting)
        {
            return Age(state with { Held = state.Held == AlertPhase.Pending ? AlertPhase.Inactive : state.Held, PendingSinceMs = null, ClearSinceMs = null }, now);
        }
        AlertState clearing = state with { ClearSinceMs = state.ClearSinceMs ?? now };
        return now - clearing.ClearSinceMs >= (long)rule.KeepFiringFor.TotalMilliseconds ? Resolve(clearing, now) : clearing;
    }

    private static AlertState Resolve(AlertState state, long now) =>
        state with { Held = AlertPhase.Resolved, ResolvedMs = now, PendingSinceMs = null, ClearSinceMs = null, SilentSinceMs = null };

    private static AlertState Age(AlertState state, long now) =>
        state.Held == AlertPhase.Resolved && now - (state.ResolvedMs ?? now) >= (long)ResolvedFor.TotalMilliseconds ? state with { Held = AlertPhase.Inactive } : state;
}
