using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Where rules are evaluated. Most evaluations are over at once, in memory. There is room for those that wait for the store too, so that they don't hold up
/// the others; and no more than that, or after a suspension all rules would be under way together.
/// </summary>
internal sealed partial class EvaluationRoom(AlertMeters meters, TimeProvider time, ILogger logger)
{
    private readonly SemaphoreSlim _room = new(Math.Max(32, Environment.ProcessorCount * 4));
    private long _soundMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>When a rule was last evaluated and its data could be read, Unix ms; or when there was last none.</summary>
    public long LastSoundMs => Interlocked.Read(ref _soundMs);

    /// <summary>There is no rule to evaluate, and nothing wrong with that.</summary>
    public void HasNone() => Interlocked.Exchange(ref _soundMs, time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <param name="lateMs">By how much the rule's turn has passed already.</param>
    public async Task EvaluateAsync(RuleShell shell, long lateMs, CancellationToken stop)
    {
        long queued = time.GetTimestamp();
        try
        {
            await _room.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        meters.Late(lateMs + time.GetElapsedTime(queued).TotalMilliseconds);
        try
        {
            if (await shell.EvaluateAsync(stop))
            {
                Interlocked.Exchange(ref _soundMs, time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (SupersededException)
        {
            // Its other activation evaluates it.
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
