using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Has every rule evaluated once an interval, each at its own place in it, so that ten thousand rules are a steady trickle rather than a burst. One that is
/// late is not evaluated twice to make up for it.
/// </summary>
internal sealed partial class AlertScheduler(RuleHost rules, AlertingOptions options, EvaluationMark mark, AlertMeters meters, TimeProvider time, ILogger<AlertScheduler> logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private const long MarkEveryMs = 10_000;
    private const long SaveRestEveryMs = 1_000;

    private readonly EvaluationRoom _room = new(meters, time, logger);
    private readonly long _intervalMs = (long)options.EvaluationInterval.TotalMilliseconds;
    private readonly ClockWatch _clock = new(time);
    private readonly List<Task> _running = [];
    private long _throughMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private long _sinceMarkMs = MarkEveryMs;
    private long _sinceOrphansMs;
    private long _sinceSaveMs;
    private Task _upkeep = Task.CompletedTask;

    /// <summary>When rules were last evaluated and their data could be read, Unix ms; where there are no rules, when the scheduler last looked for some.</summary>
    public long LastSoundMs => _room.LastSoundMs;

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

    /// <summary>Starts the evaluations whose turn has come since the last look, and what else is to be done now and then.</summary>
    public void Look(CancellationToken stop)
    {
        _running.RemoveAll(t => t.IsCompleted);
        ClockReading clock = _clock.Read();
        // A clock that was set moves the turns with it: what matters is the time that passed.
        StartDue(_throughMs + clock.JumpMs, clock.NowMs, stop);
        _throughMs = clock.JumpMs != 0 ? clock.NowMs : Math.Max(_throughMs, clock.NowMs);
        if (rules.Turns.Count == 0)
        {
            _room.HasNone();
        }
        if (HasPassed(ref _sinceMarkMs, clock.ElapsedMs, MarkEveryMs))
        {
            mark.Write(clock.NowMs);
        }
        bool orphans = HasPassed(ref _sinceOrphansMs, clock.ElapsedMs, _intervalMs), rest = HasPassed(ref _sinceSaveMs, clock.ElapsedMs, SaveRestEveryMs);
        if ((orphans || rest) && _upkeep.IsCompleted)
        {
            _upkeep = KeepUpAsync(orphans, stop);
        }
    }

    /// <summary>Ends when everything has that <see cref="Look"/> has started.</summary>
    public Task SettledAsync() => Task.WhenAll([.. _running, _upkeep]);

    private static bool HasPassed(ref long sinceMs, long elapsedMs, long every)
    {
        sinceMs += elapsedMs;
        bool passed = sinceMs >= every;
        sinceMs = passed ? 0 : sinceMs;
        return passed;
    }

    /// <summary>Those whose turn lies in (from, to]; each once, however long that is.</summary>
    private void StartDue(long fromMs, long toMs, CancellationToken stop)
    {
        IReadOnlyList<RuleTurn> turns = rules.Turns;
        long phase = fromMs - Resolution.Floor(fromMs, _intervalMs);
        int first = FirstAfter(turns, phase);
        for (int i = 0; i < turns.Count; i++)
        {
            RuleTurn turn = turns[(first + i) % turns.Count];
            long wait = turn.OffsetMs - phase;
            long due = fromMs + (wait > 0 ? wait : wait + _intervalMs);
            if (due > toMs)
            {
                return;
            }
            if (turn.Shell.TryQueue())
            {
                _running.Add(_room.EvaluateAsync(turn.Shell, toMs - due, stop));
            }
        }
    }

    private static int FirstAfter(IReadOnlyList<RuleTurn> turns, long phase)
    {
        int low = 0, high = turns.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = turns[middle].OffsetMs > phase ? (low, middle) : (middle + 1, high);
        }
        return low;
    }

    private async Task KeepUpAsync(bool orphans, CancellationToken stop)
    {
        try
        {
            await rules.SaveRestAsync();
            if (orphans)
            {
                await rules.EndOrphansAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            LogUpkeepBroken(logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Saving what was left, or ending orphaned alerts, failed unexpectedly. It is tried again; please report this with what follows.")]
    private static partial void LogUpkeepBroken(ILogger logger, Exception error);
}
