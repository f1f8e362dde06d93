using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A channel in the list, and how it fares.</summary>
/// <param name="Waiting">Messages on their way, at most <see cref="ChannelListModel.MaxCounted"/>.</param>
/// <param name="Dead">Messages given up, likewise.</param>
/// <param name="Last">The newest message; null: none yet.</param>
/// <param name="FailedInARow">Attempts that failed since the last that did not.</param>
public sealed record ChannelListRow(ChannelView Channel, int Waiting, int Dead, OutboxMessage? Last, int FailedInARow)
{
    /// <summary>One word for how it is.</summary>
    public string State => !Channel.Enabled ? "off" : FailedInARow > 0 ? "failing" : Last is null ? "unused" : "ok";
}
