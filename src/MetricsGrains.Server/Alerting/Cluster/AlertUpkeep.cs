using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>What is to be done now and then for the rules and channels that live here, beside evaluating and sending.</summary>
internal sealed partial class AlertUpkeep(AlertMembers members, AlertingReports reports, IAlertPeers peers, ILogger<AlertUpkeep> logger)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    /// <summary>For channels that were edited by way of another silo.</summary>
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(2);

    private readonly ChannelFailureLog _log = new(logger);
    private readonly TimeProvider _time = members.Parts.Time;
    private long _refreshedAt = members.Parts.Time.GetTimestamp();
    private long _orphansAt = members.Parts.Time.GetTimestamp();
    private Task _orphans = Task.CompletedTask;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_tick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await TryAsync(() => LookAsync(stop), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        await _orphans;
    }

    private async Task LookAsync(CancellationToken stop)
    {
        if (HasPassed(ref _refreshedAt, s_refresh))
        {
            await RefreshAsync(stop);
        }
        if (members.Parts.Patience.IsOpen)
        {
            foreach (RuleMember rule in members.Rules.Where(r => r.Shell is { IsSaved: false }))
            {
                await rule.Shell!.SaveRestAsync();
            }
            foreach (ChannelMember channel in members.ChannelsHere.Where(c => c.Shell is { IsSaved: false }))
            {
                await channel.Shell!.SaveRestAsync();
            }
        }
        await TellFailuresAsync(stop);
        if (_orphans.IsCompleted && HasPassed(ref _orphansAt, members.Parts.Options.EvaluationInterval))
        {
            // Not waited for: it asks rules that may be far away.
            _orphans = TryAsync(() => EndOrphansAsync(stop), stop);
        }
    }

    private async Task RefreshAsync(CancellationToken stop)
    {
        try
        {
            await members.Channels.RefreshAsync(stop);
        }
        catch (StoreUnavailableException)
        {
            // The last known ones go on.
        }
    }

    /// <summary>Each silo tells its own channels of those that don't deliver, wherever they are.</summary>
    private async Task TellFailuresAsync(CancellationToken stop)
    {
        IReadOnlyList<Channel> channels = members.Channels.Channels;
        HashSet<Guid> exist = [.. channels.Select(c => c.Id)], speak = [.. reports.All.SelectMany(r => r.Report.Channels)];
        var failures = new ChannelFailures(reports.Failing, channels);
        HashSet<Guid> here = [.. members.ChannelsHere.Select(c => c.Id)];
        _log.Look(new ChannelFailures(reports.Failing.Where(n => here.Contains(n.RuleId)), channels), channels);
        foreach (ChannelMember listener in members.ChannelsHere)
        {
            if (listener.Shell is not { } shell)
            {
                continue;
            }
            // One whose silo was lost says nothing for a moment; it need not deliver for that.
            IReadOnlyList<AlertNotice> news = failures.NewsFor(listener.Id, shell.Alerting, id => speak.Contains(id) || !exist.Contains(id), _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (news.Count > 0)
            {
                await shell.NotifyAsync(news, stop);
            }
        }
    }

    private async Task EndOrphansAsync(CancellationToken stop)
    {
        foreach (ChannelMember channel in members.ChannelsHere)
        {
            await channel.EndOrphansAsync(peers, stop);
        }
    }

    private async Task TryAsync(Func<Task> what, CancellationToken stop)
    {
        try
        {
            await what();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception error) when (error is SupersededException or ObjectDisposedException)
        {
            // An activation that ended meanwhile; the next one does it.
        }
        catch (Exception error)
        {
            LogUpkeepBroken(logger, error);
        }
    }

    private bool HasPassed(ref long since, TimeSpan every)
    {
        bool passed = _time.GetElapsedTime(since) >= every;
        since = passed ? _time.GetTimestamp() : since;
        return passed;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Saving what was left, telling that channels don't deliver, or ending orphaned alerts failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogUpkeepBroken(ILogger logger, Exception error);
}
