using MetricsGrains.Core.Ports;
using MetricsGrains.Testbed;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class StorePatienceTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly ManualClock _clock = new(1_700_000_000_000);
    private readonly StorePatience _patience;
    private int _calls;

    public StorePatienceTests() => _patience = new StorePatience("the store", _clock);

    [Fact]
    public async Task Ask_StoreAnswers_ItsAnswerAndNoProblem()
    {
        Assert.Equal(7, await _patience.AskAsync(_ => Task.FromResult(7), s_none));
        Assert.Equal(("", 0L, true), (_patience.Problem, _patience.Failures, _patience.IsOpen));
    }

    [Fact]
    public async Task Ask_StoreIgnoresItsToken_EndsAfterTheLimitAllTheSame()
    {
        var never = new TaskCompletionSource<int>();
        bool told = false;
        Task<int> asked = _patience.AskAsync(
            stop =>
            {
                stop.Register(() => told = true);
                return never.Task;
            }, s_none);
        _clock.Advance(StorePatience.Limit - TimeSpan.FromSeconds(1));
        Assert.False(asked.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        StoreUnavailableException error = await Assert.ThrowsAsync<StoreUnavailableException>(() => asked);
        Assert.Equal(("the store did not answer within 5 s", true), (error.Message, told));
        Assert.Equal((error.Message, 1L, false), (_patience.Problem, _patience.Failures, _patience.IsOpen));
    }

    [Fact]
    public async Task Ask_AfterFailures_TurnsAwayForTwiceAsLongEachTimeUpToAHalfMinute()
    {
        var pauses = new List<int>();
        for (int failure = 0; failure < 7; failure++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(FailAsync);
            int seconds = 0;
            for (; !_patience.IsOpen; seconds++)
            {
                int before = _calls;
                await Assert.ThrowsAsync<StoreUnavailableException>(FailAsync);
                Assert.Equal(before, _calls);
                _clock.Advance(TimeSpan.FromSeconds(1));
            }
            pauses.Add(seconds);
        }
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], pauses);
        Assert.Equal(7, _patience.Failures);
        await _patience.AskAsync(_ => Task.FromResult(1), s_none);
        Assert.Equal(("", true), (_patience.Problem, _patience.IsOpen));
        await Assert.ThrowsAsync<StoreUnavailableException>(FailAsync);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_patience.IsOpen);
    }

    [Fact]
    public async Task Ask_OneTriesAfterAFailure_OthersAreTurnedAwayMeanwhile()
    {
        await Assert.ThrowsAsync<StoreUnavailableException>(FailAsync);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var answer = new TaskCompletionSource<int>();
        Task<int> trial = _patience.AskAsync(_ => answer.Task, s_none);
        await Assert.ThrowsAsync<StoreUnavailableException>(FailAsync);
        Assert.Equal(1, _calls);
        answer.SetResult(5);
        Assert.Equal(5, await trial);
        Assert.True(_patience.IsOpen);
    }

    [Fact]
    public async Task Ask_ManyFailTogether_CountAsOneForThePause()
    {
        var hang = new TaskCompletionSource<int>();
        Task<int>[] asked = [.. Enumerable.Range(0, 10).Select(_ => _patience.AskAsync(_ => hang.Task, s_none))];
        _clock.Advance(StorePatience.Limit);
        foreach (Task<int> one in asked)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => one);
        }
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_patience.IsOpen);
    }

    [Fact]
    public async Task Ask_CallerGoesAway_SaysNothingOfTheStore()
    {
        using var gone = new CancellationTokenSource();
        Task<int> asked = _patience.AskAsync(_ => new TaskCompletionSource<int>().Task, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Equal(("", 0L, true), (_patience.Problem, _patience.Failures, _patience.IsOpen));
    }

    private Task<int> FailAsync() => _patience.AskAsync<int>(
        _ =>
        {
            _calls++;
            throw new StoreUnavailableException("gone");
        }, s_none);
}
