using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// One channel's grain and the way into it: one call at a time, each saved before anything is sent. While the store does not answer messages are sent
/// all the same, for a page that comes twice is better than none; what was not saved goes with the next save.
/// </summary>
internal sealed class ChannelShell(ChannelGrain grain, IAlertStateStore<ChannelState> store, StorePatience patience, IReadOnlyDictionary<ChannelType, INotifier> notifiers, AlertMeters meters, TimeProvider time) : IAlertShell
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly UnsavedState<ChannelState> _unsaved = new(patience, store);
    private volatile IReadOnlyList<AlertNotice> _alerting = grain.Alerting;
    private int _isRunning;
    private volatile bool _isDeleted;
    private volatile bool _isClosed;

    public Channel Channel => grain.Channel;

    public int Waiting => grain.Waiting;

    /// <summary>The newest notice of every alert that the channel takes for going on.</summary>
    public IReadOnlyList<AlertNotice> Alerting => _alerting;

    /// <summary>Whether the store has its state and messages.</summary>
    public bool IsSaved => _unsaved.IsSaved;

    /// <summary>See <see cref="ChannelGrain.IsFailing"/>.</summary>
    public bool IsFailing => grain.IsFailing;

    /// <summary>The alert of the channel itself; null while it delivers.</summary>
    public AlertNotice? FailureNotice => grain.FailureNotice(NowMs);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task NotifyAsync(IReadOnlyList<AlertNotice> notices, CancellationToken cancel) => EnterAsync(() => new(grain.Notify(notices, NowMs)), cancel);

    public Task EditAsync(Channel channel, CancellationToken cancel) => EnterAsync(() => new(grain.Edit(channel, NowMs)), cancel);

    /// <returns>False: no such message, or it was not given up.</returns>
    public async Task<bool> ReplayAsync(IChannelStore messages, Guid messageId, string by, CancellationToken cancel)
    {
        if (await messages.FindMessageAsync(messageId, cancel) is not { Status: OutboxStatus.Dead } dead || dead.Notification.ChannelId != Channel.Id)
        {
            return false;
        }
        await EnterAsync(() => new(grain.Replay(dead, by, NowMs)), cancel);
        return true;
    }

    /// <summary>The channel is gone: nothing more is sent or saved, whatever waits.</summary>
    public void Delete() => _isDeleted = true;

    /// <summary>No further message is begun; what is being sent is finished.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Tries once more to save what a store that did not answer left.</summary>
    public Task SaveRestAsync() => EnterAsync(() => new(new ChannelOutcome(grain.State, MustSave: false, [], [])), CancellationToken.None);

    /// <summary>Around groups, limits and outbox.</summary>
    public Task<SendOutcome> SendTestAsync(string baseUrl, CancellationToken cancel) =>
        notifiers[Channel.Type].SendAsync(Channel, TestMessage.For(Channel, baseUrl, NowMs), cancel);

    /// <summary>Makes messages of what is due and sends them, one after another. Returns at once when it is at that already.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            return;
        }
        try
        {
            await EnterAsync(() => grain.TickAsync(NowMs, stop), stop);
            while (await NextAsync(stop) is { } message)
            {
                SendOutcome outcome = await notifiers[Channel.Type].SendAsync(Channel, message.Notification, stop);
                Count(outcome);
                await EnterAsync(() => new(grain.Complete(message.Id, outcome, NowMs)), CancellationToken.None);
            }
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<OutboxMessage?> NextAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            return _isDeleted || _isClosed ? null : grain.NextDue(NowMs);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task EnterAsync(Func<ValueTask<ChannelOutcome>> call, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            ChannelOutcome outcome = await call();
            _alerting = grain.Alerting;
            meters.Dead(Channel.Type, outcome.Messages.Count(m => m.Status == OutboxStatus.Dead));
            _unsaved.Add(outcome.State, outcome.MustSave, outcome.Messages, outcome.Events);
            if (!_isDeleted)
            {
                await _unsaved.SaveAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Count(SendOutcome outcome)
    {
        if (outcome.Result == SendResult.Delivered)
        {
            meters.Sent(Channel.Type);
        }
        else if (outcome.Result == SendResult.Retry)
        {
            meters.Failed(Channel.Type);
        }
    }
}
