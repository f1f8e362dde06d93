using MetricsGrains.Core.Windows;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Has every rule evaluated once an interval, each at its own place in it, so that ten thousand rules are a steady trickle rather than a burst. At most
/// as many at a time as there is work for the processors; one that is late is not evaluated twice to make up for it.
/// </summary>
internal sealed partial class AlertScheduler(RuleHost rules, AlertingOptions options, EvaluationMark mark, AlertMeters meters, TimeProvider time, ILogger<AlertScheduler> logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private const long MarkEveryMs = 10_000;

    private readonly long _intervalMs = (long)options.EvaluationInterval.TotalMilliseconds;
    private readonly SemaphoreSlim _room = new(Math.Max(4, Environment.ProcessorCount * 2));
    private long _markedMs;
    private long _soundMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>When rules were last evaluated and their data could be read, Unix ms; where there are no rules, when the scheduler last looked for some.</summary>
    public long LastSoundMs => Interlocked.Read(ref _soundMs);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var running = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                running.RemoveAll(t => t.IsCompleted);
                await StartDueAsync(running, stop);
                long now = NowMs;
                if (rules.Shells.Count == 0)
                {
                    Interlocked.Exchange(ref _soundMs, now);
                }
                if (Math.Abs(now - _markedMs) >= MarkEveryMs)
                {
                    _markedMs = now;
                    mark.Write(_markedMs);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        await Task.WhenAll(running);
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task StartDueAsync(List<Task> running, CancellationToken stop)
    {
        long now = NowMs;
        foreach (RuleShell shell in rules.Shells)
        {
            long due = shell.DueMs;
            // A clock that was set back must not leave a rule waiting for hours.
            if (due == 0 || due - now > _intervalMs)
            {
                shell.DueMs = NextAfter(now, shell);
            }
            else if (due <= now)
            {
                shell.DueMs = NextAfter(now, shell);
                if (shell.TryQueue())
                {
                    await _room.WaitAsync(stop);
                    meters.Late(Math.Max(0, NowMs - due));
                    running.Add(EvaluateAsync(shell, stop));
                }
            }
        }
    }

    private long NextAfter(long nowMs, RuleShell shell)
    {
        long offset = shell.OffsetMs(_intervalMs);
        return Resolution.Floor(nowMs - offset, _intervalMs) + _intervalMs + offset;
    }

    private async Task EvaluateAsync(RuleShell shell, CancellationToken stop)
    {
        try
        {
            if (await shell.EvaluateAsync(stop))
            {
                Interlocked.Exchange(ref _soundMs, NowMs);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            // One rule's fault must not keep the others from being evaluated.
            LogEvaluationBroken(logger, shell.Rule.Name, error);
        }
        finally
        {
            _room.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Evaluating the rule '{Rule}' failed unexpectedly. It is evaluated again at its next turn; please report this with what follows.")]
    private static partial void LogEvaluationBroken(ILogger logger, string rule, Exception error);
}
