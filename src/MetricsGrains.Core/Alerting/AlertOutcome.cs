namespace MetricsGrains.Core.Alerting;

/// <summary>
/// What a call to an AlertGrain led to. Its host saves first, if it must, and tells the channels then; when the store does not answer it tells
/// them all the same and saves later, for a page that comes twice is better than none.
/// </summary>
/// <param name="MustSave">Whether <paramref name="State"/> differs from the last one that had to be saved in more than the newest values.</param>
/// <param name="Notices">Every instance that is alerting or has just resolved.</param>
public sealed record AlertOutcome(AlertRuleState State, bool MustSave, IReadOnlyList<AlertEvent> Events, IReadOnlyList<AlertNotice> Notices);
