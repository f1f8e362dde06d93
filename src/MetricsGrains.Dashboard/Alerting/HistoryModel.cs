using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>The History page's list: newest first, forward by cursor and back by remembering it.</summary>
public sealed class HistoryModel(IAlertEventStore events)
{
    public const int PageSize = 100;

    private const long RefreshMs = 3_000;

    private readonly Stack<long?> _newer = new();
    private long? _before;
    private long _readAt = long.MinValue / 2;

    public HistoryFilter Filter { get; private set; } = HistoryFilter.Default;

    public IReadOnlyList<AlertEvent> Events { get; private set; } = [];

    public bool IsLoaded { get; private set; }

    public bool HasOlder { get; private set; }

    public bool HasNewer => _newer.Count > 0;

    public Task ShowAsync(HistoryFilter filter, long nowMs, CancellationToken cancel)
    {
        Filter = filter;
        _newer.Clear();
        _before = null;
        return ReadAsync(nowMs, cancel);
    }

    public Task OlderAsync(long nowMs, CancellationToken cancel)
    {
        if (!HasOlder)
        {
            return Task.CompletedTask;
        }
        _newer.Push(_before);
        _before = Events[^1].Id;
        return ReadAsync(nowMs, cancel);
    }

    public Task NewerAsync(long nowMs, CancellationToken cancel)
    {
        if (!_newer.TryPop(out long? before))
        {
            return Task.CompletedTask;
        }
        _before = before;
        return ReadAsync(nowMs, cancel);
    }

    /// <summary>The first page of a range that ends now grows; others stand.</summary>
    /// <returns>Whether there are other events.</returns>
    public async Task<bool> TickAsync(long nowMs, CancellationToken cancel)
    {
        if (!Filter.Range.IsRelative || HasNewer || nowMs - _readAt < RefreshMs)
        {
            return false;
        }
        long? newest = Events.Count > 0 ? Events[0].Id : null;
        await ReadAsync(nowMs, cancel);
        return newest != (Events.Count > 0 ? Events[0].Id : null);
    }

    private async Task ReadAsync(long nowMs, CancellationToken cancel)
    {
        _readAt = nowMs;
        (HistoryFilter filter, long? before) = (Filter, _before);
        IReadOnlyList<AlertEvent> read = await events.ReadEventsAsync(filter.ToQuestion(before, PageSize + 1, nowMs), cancel);
        if (filter != Filter || before != _before)
        {
            return; // The user has gone on: a later answer is on its way.
        }
        HasOlder = read.Count > PageSize;
        Events = HasOlder ? [.. read.Take(PageSize)] : read;
        IsLoaded = true;
    }
}
