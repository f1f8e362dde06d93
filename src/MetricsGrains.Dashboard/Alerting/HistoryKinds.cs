using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Kinds of events that people look for together.</summary>
/// <param name="Id">Part of an address.</param>
public sealed record HistoryKinds(string Id, string Title, IReadOnlyList<AlertEventKind> Kinds)
{
    public static readonly IReadOnlyList<HistoryKinds> All =
    [
        new("states", "States", [AlertEventKind.StateChanged, AlertEventKind.EvaluationMissed, AlertEventKind.InstanceForgotten]),
        new("told", "Told", [AlertEventKind.NotificationQueued, AlertEventKind.NotificationSent, AlertEventKind.NotificationReplayed]),
        new("failed", "Failed to tell", [AlertEventKind.NotificationFailed, AlertEventKind.NotificationDead, AlertEventKind.ChannelMissing]),
        new("suppressed", "Not told", [AlertEventKind.NotificationSuppressed]),
        new("people", "People", [AlertEventKind.Acknowledged, AlertEventKind.RuleCreated, AlertEventKind.RuleEdited, AlertEventKind.RuleDeleted, AlertEventKind.RuleMuted, AlertEventKind.RuleUnmuted,
            AlertEventKind.SilenceCreated, AlertEventKind.SilenceExpired, AlertEventKind.ChannelEdited]),
    ];

    /// <summary>The id of the group that a kind is in.</summary>
    public static string IdOf(AlertEventKind kind) => All.FirstOrDefault(k => k.Kinds.Contains(kind))?.Id ?? "states";
}
