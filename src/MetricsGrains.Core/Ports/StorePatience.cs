namespace MetricsGrains.Core.Ports;

/// <summary>
/// Asks a store, but not for longer than a few seconds: one that hangs must not hold up whoever can go on without it. After a failure nobody is let
/// through for a while that doubles each time; then one call tries, and its success lets everybody through again. Thread-safe.
/// </summary>
/// <param name="name">What is asked, for messages: "the alert store".</param>
public sealed class StorePatience(string name, TimeProvider time)
{
    /// <summary>How long a call may take. Longer than a healthy store ever needs, shorter than an evaluation may be late.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private TimeSpan _pause;
    private long _failedAt;
    private bool _trying;
    private string _problem = "";
    private long _failures;

    /// <summary>Why the store was last not of use; empty when it was.</summary>
    public string Problem
    {
        get
        {
            lock (_lock)
            {
                return _problem;
            }
        }
    }

    /// <summary>Calls that failed or took too long; not those that were turned away.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Whether a call would be let through now.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return IsOpenNow();
            }
        }
    }

    /// <param name="call">Is left to itself when it takes too long, its token cancelled: what it does after that must do no harm.</param>
    /// <exception cref="StoreUnavailableException">It failed, took too long, or was not even tried; unless turned away, the outcome is unknown.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        bool isTrial = Enter();
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            T answer = await WithinAsync(call(either.Token), either.Token);
            Leave("", isTrial);
            return answer;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Nothing was learned of the store.
            Leave(null, isTrial);
            throw;
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested)
        {
            string problem = FormattableString.Invariant($"{name} did not answer within {Limit.TotalSeconds:0} s");
            Leave(problem, isTrial);
            throw new StoreUnavailableException(problem, error);
        }
        catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
        {
            Leave(error.Message, isTrial);
            throw;
        }
        catch
        {
            Leave(null, isTrial);
            throw;
        }
    }

    /// <summary>A driver need not look at its token in time: waiting ends all the same.</summary>
    private static async Task<T> WithinAsync<T>(Task<T> call, CancellationToken either)
    {
        try
        {
            return await call.WaitAsync(either);
        }
        finally
        {
            // Nobody waits for it any more; its fault must not end as an unobserved one.
            _ = call.ContinueWith(static c => c.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <returns>Whether the call is the one that tries the store after a failure.</returns>
    private bool Enter()
    {
        lock (_lock)
        {
            if (!IsOpenNow())
            {
                throw new StoreUnavailableException(_problem);
            }
            return _trying = _pause > TimeSpan.Zero;
        }
    }

    private bool IsOpenNow() => _pause == TimeSpan.Zero || (!_trying && time.GetElapsedTime(_failedAt) >= _pause);

    /// <param name="problem">Empty: it answered. Null: nothing is known.</param>
    private void Leave(string? problem, bool isTrial)
    {
        lock (_lock)
        {
            if (problem is { Length: > 0 })
            {
                Interlocked.Increment(ref _failures);
                // Many that failed together are one failure.
                _pause = _pause == TimeSpan.Zero ? s_firstPause : isTrial ? TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, s_longestPause.Ticks)) : _pause;
                _failedAt = time.GetTimestamp();
                _problem = problem;
            }
            else if (problem is not null)
            {
                _pause = TimeSpan.Zero;
                _problem = "";
            }
            _trying = _trying && !isTrial;
        }
    }
}
