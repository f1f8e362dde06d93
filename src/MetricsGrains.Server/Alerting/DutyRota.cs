using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Sees to it that of all nodes that share an alert store one evaluates its rules: holds the lease and the duty that goes with it, or stands by until
/// the lease is free.
/// </summary>
internal sealed partial class DutyRota(IEvaluationLease lease, AlertingParts parts) : IAsyncDisposable
{
    private static readonly TimeSpan s_askEvery = TimeSpan.FromSeconds(5);

    /// <summary>Nobody waits for the answer: whoever evaluates goes on meanwhile.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks for what other nodes have edited.</summary>
    private static readonly TimeSpan s_reloadEvery = TimeSpan.FromSeconds(30);

    private readonly ILogger<DutyRota> _logger = parts.Loggers.CreateLogger<DutyRota>();
    private volatile EvaluationDuty? _duty;
    private volatile string _standBy = "not started";
    private long _reloadedAt = parts.Time.GetTimestamp();

    /// <summary>Null: this node does not evaluate; see <see cref="StandBy"/>.</summary>
    public EvaluationDuty? Duty => _duty;

    /// <summary>Why this node does not evaluate, for people; null when it does.</summary>
    public string? StandBy => _duty is null ? _standBy : null;

    /// <summary>Takes up the duty if nobody has it.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        if (await lease.TryHoldAsync(cancel))
        {
            _duty = await EvaluationDuty.StartAsync(parts, cancel);
            return;
        }
        _standBy = "another node evaluates the rules of this store";
        LogStandsBy(_logger);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_askEvery, parts.Time);
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

    /// <summary>Asks for the lease and does what follows. While the store does not answer everything stays as it is.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        try
        {
            using var limit = new CancellationTokenSource(s_patience, parts.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            bool holds = await lease.TryHoldAsync(either.Token);
            if (holds && _duty is null)
            {
                await TakeOverAsync(stop);
                LogTakesOver(_logger);
            }
            else if (!holds && _duty is { } lost)
            {
                _standBy = "another node has taken over the evaluation of this store's rules";
                _duty = null;
                LogLost(_logger);
                await lost.StopAsync(save: false);
            }
            else if (_duty is { } duty && lease.IsShared && parts.Time.GetElapsedTime(_reloadedAt) >= s_reloadEvery)
            {
                _reloadedAt = parts.Time.GetTimestamp();
                await duty.Channels.ReloadEditedAsync(stop);
                await duty.Rules.ReloadEditedAsync(stop);
            }
        }
        catch (Exception error) when (!stop.IsCancellationRequested && error is StoreUnavailableException or StoreConfigurationException or OperationCanceledException)
        {
            if (_duty is null)
            {
                LogNotAsked(_logger, error is OperationCanceledException ? "it did not answer in time" : error.Message);
            }
        }
    }

    private async Task TakeOverAsync(CancellationToken stop)
    {
        long now = parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
        // Another node has evaluated until now: nothing was missed since this one last did.
        parts.Mark.Write(now);
        _duty = await EvaluationDuty.StartAsync(parts with { Continuity = new ContinuitySince(parts.Continuity, now) }, stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (_duty is { } duty)
        {
            await duty.StopAsync(save: true);
        }
        // After the last save: who takes over must read it.
        await lease.DisposeAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node stands by: another node evaluates the rules of this store and sends their messages. It takes over when that one stops.")]
    private static partial void LogStandsBy(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node evaluates the alert rules from now on: no other node does any more.")]
    private static partial void LogTakesOver(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Another node has taken over the evaluation of alert rules while this one had lost the store. This one stands by.")]
    private static partial void LogLost(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node could not ask the store whether it is to evaluate the alert rules: {Reason}. It stands by and asks again.")]
    private static partial void LogNotAsked(ILogger logger, string reason);
}
