using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>All notification channels of this process. Each sends on its own: one that hangs holds up no other.</summary>
internal sealed partial class ChannelHost(IChannelStore store, StorePatience patience, ISuppressions suppressions, IReadOnlyList<INotifier> notifiers, AlertingOptions options, AlertMeters meters, TimeProvider time, ILogger<ChannelHost> logger) : IChannelDirectory, IDisposable
{
    /// <summary>Messages read back at a start. More than that wait only where nothing was delivered for days.</summary>
    internal const int MaxWaiting = 100_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, ChannelShell> _shells = [];
    private readonly SemaphoreSlim _edits = new(1, 1);
    private readonly Dictionary<ChannelType, INotifier> _notifiers = notifiers.ToDictionary(n => n.Type);
    private readonly ChannelFailureLog _log = new(logger);
    private readonly List<Task> _running = [];
    private Task _telling = Task.CompletedTask;
    private volatile IReadOnlyList<Channel> _channels = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<Channel> Channels => _channels;

    public IReadOnlyList<ChannelShell> Shells => [.. _shells.Values];

    /// <summary>Messages on their way.</summary>
    public int OutboxLength => _shells.Values.Sum(s => s.Waiting);

    /// <summary>Channels that don't deliver.</summary>
    public IReadOnlyList<Channel> Failing => [.. _shells.Values.Where(s => s.IsFailing).Select(s => s.Channel).OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Channels whose state the store does not have.</summary>
    public int Unsaved => _shells.Values.Count(s => !s.IsSaved);

    /// <summary>The newest notice of every alert of a rule that a channel takes for going on.</summary>
    public IEnumerable<(Guid ChannelId, IReadOnlyList<AlertNotice> Alerting)> Alerting =>
        _shells.Values.Select(s => (s.Channel.Id, (IReadOnlyList<AlertNotice>)[.. s.Alerting.Where(n => !ChannelFailure.IsOne(n))]));

    /// <summary>Tries once more to save what a store that did not answer left.</summary>
    public Task SaveRestAsync() => Task.WhenAll(_shells.Values.Where(s => !s.IsSaved).Select(s => s.SaveRestAsync()));

    public async Task StartAsync(CancellationToken cancel)
    {
        foreach (Channel channel in await store.ListChannelsAsync(cancel))
        {
            _shells[channel.Id] = await ActivateAsync(channel, cancel);
        }
        Note();
    }

    /// <summary>Has every channel look at what is due, twice a second.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Look(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        await SettledAsync();
    }

    /// <summary>Has every channel that is not at it already begin to look at what is due and to send it.</summary>
    public void Look(CancellationToken stop)
    {
        _running.RemoveAll(t => t.IsCompleted);
        _running.AddRange(_shells.Values.Select(s => RunAsync(s, stop)));
        // Not waited for: one channel that is held up, by its save or otherwise, must hold up no other.
        if (_telling.IsCompleted)
        {
            _telling = TellFailuresAsync(stop);
        }
    }

    /// <summary>Ends when everything has that <see cref="Look"/> has started.</summary>
    public Task SettledAsync() => Task.WhenAll([.. _running, _telling]);

    /// <summary>Does nothing when there is no such channel.</summary>
    public async ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel)
    {
        if (_shells.TryGetValue(channelId, out ChannelShell? shell) && notices.Count > 0)
        {
            await shell.NotifyAsync(notices, cancel);
        }
    }

    /// <summary>Goes by what the store has of the channel now.</summary>
    public async ValueTask ReloadAsync(Guid channelId, CancellationToken cancel)
    {
        // One after another: two edits whose readings crossed would leave the older one.
        await _edits.WaitAsync(cancel);
        try
        {
            Channel? channel = await store.FindChannelAsync(channelId, cancel);
            if (channel is null)
            {
                if (_shells.TryRemove(channelId, out ChannelShell? gone))
                {
                    gone.Delete();
                }
            }
            else if (_shells.TryGetValue(channelId, out ChannelShell? shell))
            {
                await shell.EditAsync(channel, cancel);
            }
            else
            {
                _shells[channelId] = await ActivateAsync(channel, cancel);
            }
            Note();
        }
        finally
        {
            _edits.Release();
        }
    }

    /// <summary>Goes by what the store has now of every channel: of those that other nodes have edited.</summary>
    public async Task ReloadEditedAsync(CancellationToken cancel)
    {
        Dictionary<Guid, Channel> stored = (await store.ListChannelsAsync(cancel)).ToDictionary(c => c.Id);
        Guid[] edited = [.. stored.Values.Where(c => _shells.GetValueOrDefault(c.Id)?.Channel.Version != c.Version).Select(c => c.Id), .. _shells.Keys.Where(id => !stored.ContainsKey(id))];
        foreach (Guid id in edited)
        {
            await ReloadAsync(id, cancel);
        }
    }

    /// <returns>Null: no such channel.</returns>
    public async ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel) =>
        _shells.TryGetValue(channelId, out ChannelShell? shell) ? await shell.SendTestAsync(options.PublicUrl, cancel) : null;

    /// <returns>False: no such message, or it was not given up.</returns>
    public async ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel) =>
        _shells.TryGetValue(channelId, out ChannelShell? shell) && await shell.ReplayAsync(store, messageId, by, cancel);

    public void Dispose()
    {
        _edits.Dispose();
        foreach (ChannelShell shell in _shells.Values)
        {
            shell.Dispose();
        }
    }

    private async Task<ChannelShell> ActivateAsync(Channel channel, CancellationToken cancel)
    {
        ChannelState state = await store.ReadChannelStateAsync(channel.Id, cancel) ?? ChannelState.New(channel.Id);
        IReadOnlyList<OutboxMessage> waiting = await store.ListMessagesAsync(channel.Id, OutboxStatus.Waiting, MaxWaiting, cancel);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return new ChannelShell(new ChannelGrain(channel, state, waiting, suppressions, options.PublicUrl, new Random(), now), new StoredChannelState(store), patience, _notifiers, meters, time);
    }

    private void Note() => _channels = [.. _shells.Values.Select(s => s.Channel).OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase)];

    private async Task RunAsync(ChannelShell shell, CancellationToken stop)
    {
        try
        {
            await shell.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            // One channel's fault must not keep the others from sending.
            LogChannelBroken(logger, shell.Channel.Name, error);
        }
    }

    /// <summary>Alerts about channels that don't deliver go to whom <see cref="ChannelFallback"/> says; and end there when they deliver again or are gone.</summary>
    private async Task TellFailuresAsync(CancellationToken cancel)
    {
        try
        {
            var failures = new ChannelFailures([.. _shells.Values.Select(s => s.FailureNotice).OfType<AlertNotice>()], _channels);
            _log.Look(failures, _channels);
            foreach (ChannelShell listener in _shells.Values)
            {
                IReadOnlyList<AlertNotice> news = failures.NewsFor(listener.Channel.Id, listener.Alerting, _ => true, time.GetUtcNow().ToUnixTimeMilliseconds());
                if (news.Count > 0)
                {
                    await listener.NotifyAsync(news, cancel);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            LogTellingBroken(logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Telling that channels don't deliver failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogTellingBroken(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending through the channel '{Channel}' failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogChannelBroken(ILogger logger, string channel, Exception error);
}
