using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>All notification channels of this process. Each sends on its own: one that hangs holds up no other.</summary>
internal sealed partial class ChannelHost(IChannelStore store, ISuppressions suppressions, IReadOnlyList<INotifier> notifiers, AlertingOptions options, AlertMeters meters, TimeProvider time, ILogger<ChannelHost> logger) : IDisposable
{
    /// <summary>Messages read back at a start. More than that wait only where nothing was delivered for days.</summary>
    private const int MaxWaiting = 100_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, ChannelShell> _shells = [];
    private readonly SemaphoreSlim _edits = new(1, 1);
    private readonly Dictionary<ChannelType, INotifier> _notifiers = notifiers.ToDictionary(n => n.Type);
    private volatile IReadOnlyList<Channel> _channels = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<Channel> Channels => _channels;

    /// <summary>Messages on their way.</summary>
    public int OutboxLength => _shells.Values.Sum(s => s.Waiting);

    /// <summary>Why the channels' states are not saved; empty when they are.</summary>
    public string Problem => _shells.Values.Select(s => s.StoreProblem).FirstOrDefault(p => p.Length > 0) ?? "";

    /// <summary>The newest notice of every alert that some channel takes for going on.</summary>
    public IReadOnlyList<AlertNotice> Alerting => [.. _shells.Values.SelectMany(s => s.Alerting)];

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
        var running = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                running.RemoveAll(t => t.IsCompleted);
                running.AddRange(_shells.Values.Select(s => RunAsync(s, stop)));
                await TellFailuresAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        await Task.WhenAll(running);
    }

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

    /// <returns>Null: no such channel.</returns>
    public async ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel) =>
        _shells.TryGetValue(channelId, out ChannelShell? shell) ? await shell.SendTestAsync(options.PublicUrl, cancel) : null;

    /// <returns>False: no such message, or it was not given up.</returns>
    public async ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel)
    {
        if (!_shells.TryGetValue(channelId, out ChannelShell? shell)
            || await store.FindMessageAsync(messageId, cancel) is not { Status: OutboxStatus.Dead } dead || dead.Notification.ChannelId != channelId)
        {
            return false;
        }
        await shell.ReplayAsync(dead, by, cancel);
        return true;
    }

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
        return new ChannelShell(new ChannelGrain(channel, state, waiting, suppressions, options.PublicUrl, new Random(), now), store, _notifiers, meters, time);
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

    /// <summary>Alerts about channels that don't deliver go to their fallback, or to every other one; and end there when it delivers again or is gone.</summary>
    private async Task TellFailuresAsync(CancellationToken cancel)
    {
        Dictionary<Guid, AlertNotice> failing = [];
        foreach (ChannelShell shell in _shells.Values)
        {
            if (shell.FailureNotice is { } notice)
            {
                failing[shell.Channel.Id] = notice;
            }
        }
        foreach (ChannelShell listener in _shells.Values)
        {
            AlertNotice[] begin = [.. failing.Where(f => Tells(_shells.GetValueOrDefault(f.Key)?.Channel, listener.Channel)).Select(f => f.Value)];
            AlertNotice[] end = [.. listener.Alerting.Where(n => ChannelFailure.IsOne(n) && !(failing.TryGetValue(n.RuleId, out AlertNotice? still) && still.IncidentKey == n.IncidentKey)).Select(Ended)];
            if (begin.Length + end.Length > 0)
            {
                await listener.NotifyAsync([.. begin, .. end], cancel);
            }
        }
    }

    private AlertNotice Ended(AlertNotice notice)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return notice with { Status = AlertStatus.Resolved, EndedMs = Math.Max(notice.IncidentMs, now), AtMs = now, Message = "The channel delivers again, or is gone." };
    }

    private bool Tells(Channel? failing, Channel listener) => failing is not null && failing.Id != listener.Id
        && (failing.FallbackId is { } fallback && _shells.ContainsKey(fallback) ? fallback == listener.Id : listener.Enabled);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending through the channel '{Channel}' failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogChannelBroken(ILogger logger, string channel, Exception error);
}
