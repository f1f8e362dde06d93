namespace MetricsGrains.Core.Alerting;

/// <summary>All that a step needs to know of the steps before it. Times are Unix ms; null: not under way.</summary>
public sealed record AlertState
{
    /// <summary>A new instance's.</summary>
    public static readonly AlertState New = new();

    /// <summary>As shown: <see cref="Held"/>, or Muted or Error over it.</summary>
    public AlertPhase Phase { get; init; } = AlertPhase.Inactive;

    /// <summary>What goes on under a mute or an error: Inactive, Pending, Firing, Resolved or NoData.</summary>
    public AlertPhase Held { get; init; } = AlertPhase.Inactive;

    /// <summary>When <see cref="Phase"/> began.</summary>
    public long SinceMs { get; init; }

    /// <summary>When the condition began to hold: the clock of <c>for</c>.</summary>
    public long? PendingSinceMs { get; init; }

    /// <summary>When the condition was gone from a firing instance: the clock of <c>keep_firing_for</c>.</summary>
    public long? ClearSinceMs { get; init; }

    /// <summary>When the first window without samples was seen: the clock of the no-data policy.</summary>
    public long? SilentSinceMs { get; init; }

    /// <summary>When it last went from well to Firing or NoData; later than any time before, so that with rule and tags it names the incident even when the clock was set back.</summary>
    public long? IncidentMs { get; init; }

    /// <summary>Whether the condition was seen to hold in the present incident: then it goes on until the recovery threshold is reached, whatever gap the data had.</summary>
    public bool Breached { get; init; }

    /// <summary>When the last incident ended.</summary>
    public long? ResolvedMs { get; init; }

    /// <summary>The newest value seen.</summary>
    public double? LastValue { get; init; }

    public long? LastValueMs { get; init; }

    /// <summary>Why it is in this phase, for people: what the last evaluation could not do, or what ended the instance. Empty when there is nothing to say.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Firing or NoData, shown or under a mute or an error.</summary>
    public bool IsAlerting => Held is AlertPhase.Firing or AlertPhase.NoData;

    /// <summary>Whether it is another state, newest value aside: that one changes at every evaluation and need not be saved.</summary>
    public bool DiffersFrom(AlertState other) =>
        Phase != other.Phase || Held != other.Held || SinceMs != other.SinceMs || PendingSinceMs != other.PendingSinceMs || ClearSinceMs != other.ClearSinceMs
        || SilentSinceMs != other.SilentSinceMs || IncidentMs != other.IncidentMs || Breached != other.Breached || ResolvedMs != other.ResolvedMs || Detail != other.Detail;

    /// <summary>The same state on a clock that was set forward by <paramref name="ms"/> (back when negative), so that its clocks go on. An incident keeps its name.</summary>
    public AlertState Shift(long ms) => this with
    {
        SinceMs = SinceMs + ms,
        PendingSinceMs = PendingSinceMs + ms,
        ClearSinceMs = ClearSinceMs + ms,
        SilentSinceMs = SilentSinceMs + ms,
        LastValueMs = LastValueMs + ms,
        ResolvedMs = ResolvedMs + ms,
    };
}
