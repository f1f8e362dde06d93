using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>One activation of a channel's grain in a cluster: all of it but what hosts it. Calls may overlap.</summary>
internal sealed partial class ChannelMember(Guid id, IFencedState fenced, AlertMembers host, Action end) : IAlertMember
{
    private static readonly TimeSpan s_finish = TimeSpan.FromSeconds(10);

    private readonly FencedStateStore<ChannelState> _states = new(fenced, new StoredChannelState(host.Parts.Store));
    private readonly SemaphoreSlim _edits = new(1, 1);
    private readonly ChannelOrphans _orphans = new();
    private readonly ILogger _logger = host.Parts.Loggers.CreateLogger<ChannelMember>();
    private readonly CancellationTokenSource _stop = new();
    private volatile ChannelShell? _shell;
    private Task _sending = Task.CompletedTask;
    private bool _isGone;

    public Guid Id => id;

    /// <summary>Null: there is no such channel.</summary>
    public ChannelShell? Shell => _shell;

    public bool Exists => _shell is not null;

    private long NowMs => host.Parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Has its host end this activation; the next call makes another, where the channel belongs.</summary>
    public void End() => end();

    public Task ActivateAsync(CancellationToken cancel) => ReloadAsync(null, cancel);

    /// <summary>Begins to look at what is due and to send it, unless it is at it.</summary>
    public void Look()
    {
        if (_shell is { } shell && _sending.IsCompleted)
        {
            _sending = SendAsync(shell, _stop.Token);
        }
    }

    /// <param name="request">A <see cref="ChannelRequest"/>.</param>
    /// <returns>A <see cref="ChannelReply"/>.</returns>
    public async Task<byte[]> AskAsync(byte[] request, CancellationToken cancel) => AlertWire.Encode(await AnswerAsync(AlertWire.Decode<ChannelRequest>(request), cancel));

    /// <summary>Ends what it takes for going on although no rule tells it so.</summary>
    public async Task EndOrphansAsync(IAlertPeers peers, CancellationToken cancel)
    {
        if (_shell is not { } shell)
        {
            return;
        }
        var untold = new List<AlertNotice>();
        Dictionary<Guid, AlertRule?> rules = [];
        foreach (IGrouping<Guid, AlertNotice> rule in shell.Alerting.Where(n => !ChannelFailure.IsOne(n)).GroupBy(n => n.RuleId))
        {
            var request = new RuleRequest(RuleCall.Tells, ChannelId: id, Incidents: [.. rule.Select(n => n.IncidentKey)]);
            try
            {
                RuleReply reply = AlertWire.Decode<RuleReply>(await peers.AskRuleAsync(rule.Key, AlertWire.Encode(request), cancel));
                rules[rule.Key] = reply.Standing?.Rule;
                untold.AddRange(rule.Where(n => reply.Told?.Contains(n.IncidentKey) != true));
            }
            catch (Exception) when (!cancel.IsCancellationRequested)
            {
                // Of a rule that does not answer nothing is concluded.
            }
        }
        IReadOnlyList<AlertNotice> ends = _orphans.Look(untold, r => ChannelOrphans.WhyOrphaned(rules.GetValueOrDefault(r)), NowMs);
        if (ends.Count > 0)
        {
            await shell.NotifyAsync(ends, cancel);
        }
    }

    /// <summary>The activation ends: the message that is being sent is finished, and no other is begun.</summary>
    public async Task CloseAsync()
    {
        try
        {
            _shell?.Close();
            // A receiver that has it may not get it again; one that hangs is tried again by the next activation.
            _stop.CancelAfter(s_finish);
            await _sending;
            await ((_shell as IAlertShell)?.CloseAsync() ?? Task.CompletedTask);
            _stop.Dispose();
        }
        finally
        {
            host.Remove(this);
        }
    }

    private async Task<ChannelReply> AnswerAsync(ChannelRequest request, CancellationToken cancel)
    {
        if (request.Call is ChannelCall.Reload or ChannelCall.Ensure)
        {
            await ReloadAsync(request.Call == ChannelCall.Ensure ? request.Version : null, cancel);
            return new ChannelReply(_shell is not null);
        }
        if (_shell is not { } shell)
        {
            return new ChannelReply(Exists: false);
        }
        switch (request.Call)
        {
            case ChannelCall.Notify:
                await shell.NotifyAsync(request.Notices ?? [], cancel);
                return new ChannelReply(Exists: true, IsDone: true);
            case ChannelCall.Test:
                return new ChannelReply(Exists: true, IsDone: true, await shell.SendTestAsync(host.Parts.Options.PublicUrl, cancel));
            case ChannelCall.Replay:
                return new ChannelReply(Exists: true, await shell.ReplayAsync(host.Parts.Store, request.MessageId, request.By, cancel));
            default:
                throw new FormatException($"a channel is asked for {request.Call}, which this version does not know");
        }
    }

    private async Task ReloadAsync(int? known, CancellationToken cancel)
    {
        // One after another: two edits whose readings crossed would leave the older one.
        await _edits.WaitAsync(cancel);
        try
        {
            if (_isGone)
            {
                throw new InvalidOperationException($"this activation of the channel {id} has ended");
            }
            if (known is null || _shell?.Channel.Version != known)
            {
                await TakeOverAsync(await host.Parts.Store.FindChannelAsync(id, cancel), cancel);
            }
        }
        finally
        {
            _edits.Release();
        }
    }

    private async Task TakeOverAsync(Channel? channel, CancellationToken cancel)
    {
        if (channel is null)
        {
            _isGone = _shell is not null || !fenced.Initial.IsEmpty;
            _shell?.Delete();
            _shell = null;
            if (_isGone)
            {
                await _states.DeleteAsync(cancel);
            }
        }
        else if (_shell is { } shell)
        {
            await shell.EditAsync(channel, cancel);
        }
        else
        {
            AlertingParts parts = host.Parts;
            // Before the messages are read: it may bring some that a silo did not live to bring there.
            ChannelState state = await _states.OpenAsync(await parts.Store.ReadChannelStateAsync(id, cancel), s => s.Revision, cancel) ?? ChannelState.New(id);
            IReadOnlyList<OutboxMessage> waiting = await parts.Store.ListMessagesAsync(id, OutboxStatus.Waiting, ChannelHost.MaxWaiting, cancel);
            var grain = new ChannelGrain(channel, state, waiting, parts.Suppressions, parts.Options.PublicUrl, new Random(), NowMs);
            _shell = new ChannelShell(grain, _states, parts.Patience, host.Notifiers, parts.Meters, parts.Time);
        }
    }

    private async Task SendAsync(ChannelShell shell, CancellationToken stop)
    {
        try
        {
            await shell.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (SupersededException)
        {
            // Its other activation sends.
        }
        catch (Exception error)
        {
            LogChannelBroken(_logger, shell.Channel.Name, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending through the channel '{Channel}' failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogChannelBroken(ILogger logger, string channel, Exception error);
}
