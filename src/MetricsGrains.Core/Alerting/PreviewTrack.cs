using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>One group's way through a preview: steps its state machine at every minute and keeps what it fired. Not thread-safe.</summary>
public sealed class PreviewTrack
{
    private const long MinuteMs = 60_000;

    private readonly AlertRule _rule;
    private readonly long _toMs;
    private readonly List<PreviewPoint>? _kept;
    private readonly List<PreviewFiring> _firings = [];
    private AlertState _state = AlertState.New;
    private long _nextMs;
    private bool _beganWithoutData;
    private double? _peak;

    internal PreviewTrack(TagSet tags, AlertRule rule, long fromMs, long toMs, bool keepPoints)
    {
        Tags = tags;
        _rule = rule;
        _nextMs = fromMs;
        _toMs = toMs;
        _kept = keepPoints ? [] : null;
        Points = _kept;
    }

    public TagSet Tags { get; }

    /// <summary>Null: not kept.</summary>
    internal IReadOnlyList<PreviewPoint>? Points { get; private set; }

    internal IReadOnlyList<PreviewFiring> Firings => _firings;

    /// <summary>The next value. Minutes between the last one and this had none; values outside the preview are passed over.</summary>
    public void Observe(PreviewPoint point)
    {
        if (point.AtMs < _nextMs || point.AtMs > _toMs)
        {
            return;
        }
        _kept?.Add(point);
        Take(point);
    }

    /// <summary>All values at once, instead of <see cref="Observe"/>. Where they lie in the preview as they are, they are not copied.</summary>
    internal void ObserveAll(IReadOnlyList<PreviewPoint> points)
    {
        if (points.Count > 0 && (points[0].AtMs < _nextMs || points[^1].AtMs > _toMs))
        {
            points = [.. points.Where(p => p.AtMs >= _nextMs && p.AtMs <= _toMs)];
        }
        foreach (PreviewPoint point in points)
        {
            Take(point);
        }
        Points = points;
    }

    /// <summary>No more values come.</summary>
    internal void End()
    {
        SkipTo(_toMs + MinuteMs);
        if (_state.IsAlerting)
        {
            _firings.Add(new PreviewFiring(_state.IncidentMs!.Value, _toMs, _peak, _beganWithoutData, Ongoing: true));
        }
    }

    private void Take(PreviewPoint point)
    {
        SkipTo(point.AtMs);
        Step(Observation.Of(point.Value), point.AtMs);
        _nextMs = point.AtMs + MinuteMs;
    }

    private void SkipTo(long unixMs)
    {
        for (; _nextMs < unixMs; _nextMs += MinuteMs)
        {
            Step(Observation.NoData, _nextMs);
        }
    }

    private void Step(Observation seen, long atMs)
    {
        // Most minutes of most groups are quiet ones, which change nothing that a preview shows: a day of a hundred groups is 144,000 of them.
        if (seen.Kind == ObservationKind.Value && _state is { Phase: AlertPhase.Inactive, PendingSinceMs: null, SilentSinceMs: null } && !_rule.IsBreaching(seen.Value, firing: false))
        {
            return;
        }
        bool alerting = _state.IsAlerting;
        _state = AlertStep.Next(_rule, _state, seen, muted: false, atMs);
        if (!alerting && _state.IsAlerting)
        {
            _beganWithoutData = _state.Held == AlertPhase.NoData;
            _peak = null;
        }
        if (alerting && !_state.IsAlerting)
        {
            _firings.Add(new PreviewFiring(_state.IncidentMs!.Value, atMs, _peak, _beganWithoutData, Ongoing: false));
        }
        else if (_state.Held == AlertPhase.Firing && seen.Kind == ObservationKind.Value && (_peak is null || AlertConditions.IsFurther(_rule.Condition, _rule.Threshold, seen.Value, _peak.Value)))
        {
            _peak = seen.Value;
        }
    }
}
