using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>All channels, by name, and how they fare.</summary>
public sealed class ChannelListModel(IAlertStore store)
{
    /// <summary>More messages than this are not counted one by one.</summary>
    public const int MaxCounted = 100;

    private const long RefreshMs = 3_000;

    private long _readAt = long.MinValue / 2;

    public bool IsLoaded { get; private set; }

    public IReadOnlyList<ChannelListRow> Rows { get; private set; } = [];

    /// <returns>Whether the list was read again; not at every call.</returns>
    public async Task<bool> UpdateAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs - _readAt < RefreshMs)
        {
            return false;
        }
        _readAt = nowMs;
        var rows = new List<ChannelListRow>();
        foreach (Channel channel in await store.ListChannelsAsync(cancel))
        {
            IReadOnlyList<OutboxMessage> waiting = await store.ListMessagesAsync(channel.Id, OutboxStatus.Waiting, MaxCounted, cancel);
            IReadOnlyList<OutboxMessage> dead = await store.ListMessagesAsync(channel.Id, OutboxStatus.Dead, MaxCounted, cancel);
            IReadOnlyList<OutboxMessage> last = await store.ListMessagesAsync(channel.Id, null, 1, cancel);
            ChannelState? state = await store.ReadChannelStateAsync(channel.Id, cancel);
            rows.Add(new ChannelListRow(ChannelView.Of(channel), waiting.Count, dead.Count, last.Count > 0 ? last[0] : null, state?.FailedInARow ?? 0));
        }
        (Rows, IsLoaded) = (rows, true);
        return true;
    }
}
