using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// Alerting as one silo of a cluster does it: rules and channels are grains, each in the silo that its id decides, woken by the cluster's reminders. This is
/// what surrounds those that live here, and what the silos have to know of each other.
/// </summary>
internal sealed partial class ClusterEvaluation : IAlertEvaluation
{
    private static readonly TimeSpan s_askEvery = TimeSpan.FromSeconds(5);

    /// <summary>Nobody waits for the answer: whoever evaluates goes on meanwhile.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Those that were there before report each second; without them it would not be known here what inhibits.</summary>
    private static readonly TimeSpan s_meet = TimeSpan.FromSeconds(5);

    /// <summary>What is being evaluated, sent and saved has this long when the silo leaves.</summary>
    private static readonly TimeSpan s_leave = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly AlertingParts _parts;
    private readonly IAlertPeers _peers;
    private readonly AlertingReports _reports;
    private readonly ReportLoop _reporting;
    private readonly GrainWatch _watch;
    private readonly AlertUpkeep _upkeep;
    private readonly TimeProvider _time;
    private readonly IEvaluationLease _lease;
    private readonly ClockWatch _clock;
    private readonly ILogger _logger;
    private volatile bool _isOnDuty;

    /// <param name="parts">As a node without a cluster would use them.</param>
    /// <param name="lease">Held by all silos together: while a node without a cluster evaluates the store's rules, the cluster stands by, and the other way round.</param>
    public ClusterEvaluation(AlertingParts parts, IAlertPeers peers, IEvaluationLease lease)
    {
        _peers = peers;
        _lease = lease;
        _logger = parts.Loggers.CreateLogger<ClusterEvaluation>();
        _time = parts.Time;
        _clock = new ClockWatch(peers.Self, () => peers.Silos, peers.TimeAsync, parts.Time, parts.Loggers.CreateLogger<ClockWatch>());
        _reports = new AlertingReports(peers.Self, () => peers.Silos, parts.Continuity, parts.Suppressions, parts.Time);
        _parts = parts with { Observer = new InStepObserver(parts.Observer, _reports, peers), Continuity = _reports };
        var channels = new ClusterChannels(parts.Store, peers, parts.Time, parts.Loggers.CreateLogger<ClusterChannels>());
        Members = new AlertMembers(_parts, channels);
        _reporting = new ReportLoop(Members, _reports, parts.Continuity, peers, parts.Time);
        _watch = new GrainWatch(Members, _reports, peers, parts.Time, parts.Loggers.CreateLogger<GrainWatch>());
        _upkeep = new AlertUpkeep(Members, _reports, peers, parts.Loggers.CreateLogger<AlertUpkeep>());
        Grains = new ClusterAlertGrains(peers, channels, parts.Store, () => _watch.Known, () => _reports.Ready.Count > 0, parts.Time);
    }

    public IAlertGrains Grains { get; }

    /// <summary>For the shells that the cluster's runtime makes.</summary>
    public AlertMembers Members { get; }

    /// <summary>What is known of alerting in every silo.</summary>
    public AlertingReports Reports => _reports;

    public string? StandBy => _isOnDuty ? null : _clock.IsOutlier ? "this machine's clock is off; the other silos evaluate the rules" : "a node outside of this cluster evaluates the rules of this store";

    /// <summary>One silo speaks for all, and only as long as every one of them evaluates: else one that does not would not be noticed.</summary>
    public long? LastSoundMs
    {
        get
        {
            IReadOnlyList<SiloId> ready = _reports.Ready;
            return ready.Count == 0 || ready[0] != _peers.Self ? null : _time.GetUtcNow().ToUnixTimeMilliseconds() - _reports.All.Max(r => r.Report.SoundAgoMs);
        }
    }

    public IReadOnlyList<RuleShell> Rules => [.. Members.Rules.Select(r => r.Shell).OfType<RuleShell>()];

    public IReadOnlyList<ChannelShell> Channels => [.. Members.ChannelsHere.Select(c => c.Shell).OfType<ChannelShell>()];

    public IReadOnlyList<string> FailingChannels
    {
        get
        {
            HashSet<Guid> failing = [.. _reports.Failing.Select(n => n.RuleId)];
            return [.. Members.Channels.Channels.Where(c => failing.Contains(c.Id)).Select(c => c.Name)];
        }
    }

    public async Task StartAsync(CancellationToken cancel)
    {
        await Members.Channels.RefreshAsync(cancel);
        await _clock.LookAsync(cancel);
        if (_clock.IsOutlier)
        {
            // Windows that end a minute early or late would tell of silence where there is none.
            return;
        }
        if (await _lease.TryHoldAsync(cancel))
        {
            await TakeUpAsync(evaluatedThroughMs: _peers.Silos.Count == 1 ? _parts.Mark.Read() : 0, cancel);
        }
        else
        {
            LogStandsBy(_logger);
        }
    }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_reporting.RunAsync(stop), _watch.RunAsync(stop), _upkeep.RunAsync(stop), AskAsync(stop));

    /// <summary>Hands what lives here over to the others, saved.</summary>
    public async ValueTask DisposeAsync()
    {
        await PutDownAsync();
        await _lease.DisposeAsync();
    }

    /// <param name="evaluatedThroughMs">Where nobody else was there, when this silo last evaluated, Unix ms: what was missed since then is to be said. Else 0.</param>
    private async Task TakeUpAsync(long evaluatedThroughMs, CancellationToken cancel)
    {
        Members.Settings = Members.Settings with { EvaluatedThroughMs = evaluatedThroughMs };
        long began = _time.GetTimestamp();
        do
        {
            _reporting.Report(isReady: false);
            await Task.Delay(s_pause, _time, cancel);
        }
        while (!_reports.IsWhole && _time.GetElapsedTime(began) < s_meet);
        _isOnDuty = true;
        Members.Open();
        _reporting.Report(isReady: true);
        await _watch.LookAsync(cancel);
        Members.Settings = Members.Settings with { EvaluatedThroughMs = 0 };
    }

    private async Task PutDownAsync()
    {
        _isOnDuty = false;
        _reporting.Report(isReady: false);
        long began = _time.GetTimestamp();
        do
        {
            Members.Leave();
            await Task.Delay(s_pause, _time);
        }
        while (!Members.IsEmpty && _time.GetElapsedTime(began) < s_leave);
    }

    /// <summary>Asks for the lease every few seconds. While the store does not answer everything stays as it is.</summary>
    private async Task AskAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_askEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await LookAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            using var limit = new CancellationTokenSource(s_patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            await _clock.LookAsync(either.Token);
            bool holds = await _lease.TryHoldAsync(either.Token);
            if (_clock.IsOutlier)
            {
                if (_isOnDuty)
                {
                    await PutDownAsync();
                }
            }
            else if (holds && !_isOnDuty)
            {
                await TakeUpAsync(evaluatedThroughMs: 0, stop);
                LogTakesOver(_logger);
            }
            else if (!holds && _isOnDuty)
            {
                LogLost(_logger);
                await PutDownAsync();
            }
        }
        catch (Exception error) when (!stop.IsCancellationRequested && error is StoreUnavailableException or StoreConfigurationException or OperationCanceledException)
        {
            // That the store does not answer is said by those who write to it.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This silo evaluates no rules: a node outside of its cluster evaluates those of this store and sends their messages. The cluster takes over when that one stops.")]
    private static partial void LogStandsBy(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This silo evaluates alert rules from now on, with the others of its cluster: no node outside of it does any more.")]
    private static partial void LogTakesOver(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A node outside of the cluster has taken over the evaluation of alert rules while this silo had lost the store. This silo stands by.")]
    private static partial void LogLost(ILogger logger);
}
