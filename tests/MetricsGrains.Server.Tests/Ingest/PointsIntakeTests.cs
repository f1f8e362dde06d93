using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class PointsIntakeTests : IAsyncLifetime
{
    private const string Body = """{"name":"intake","type":"counter","value":1}""";

    private readonly ManualTime _time = new(DateTimeOffset.UtcNow);
    private readonly FakeLog _log = new();
    private readonly IngestMeters _meters = new();
    private readonly InProcessGrainHost _host;
    private readonly IngestPipeline _pipeline;
    private readonly IdempotencyCache _keys;
    private readonly PointsIntake _intake;

    public PointsIntakeTests()
    {
        _host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions { MaxSeries = 3 }, new Dictionary<string, int>()), [], long.MinValue, "node-1", _time);
        _pipeline = new IngestPipeline(_log, _host, "node-1", 1, _meters, TimeProvider.System);
        _keys = new IdempotencyCache(_time);
        _intake = new PointsIntake(_pipeline, _meters, _keys, new IngestLimits(7 * 86_400_000L, 600_000), _time);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _log.Hangs = false;
        _log.Complete();
        await _pipeline.StopAsync();
        await _host.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task Take_LogHangsAndTheQueueIsFull_Is429AndTakesNothing()
    {
        _log.Hangs = true;
        Task<PointsAnswer> first = TakeAsync(Body);
        PointsAnswer refused = await TakeAsync(Body);

        Assert.Equal((429, 0L), (refused.Status, refused.Accepted));
        Assert.False(first.IsCompleted);
        _log.Complete();
        PointsAnswer taken = await first;
        Assert.Equal((200, 1L), (taken.Status, taken.Accepted));
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Take_LogFails_Is503WithTheReason()
    {
        _log.Failure = new LogUnavailableException("the disk is full");

        PointsAnswer answer = await TakeAsync(Body);

        Assert.Equal((503, 0L, "the disk is full"), (answer.Status, answer.Accepted, answer.Error));
    }

    [Fact]
    public async Task Take_SameKeyWhileTheFirstIsUnderWay_GetsTheFirstsAnswer()
    {
        _log.Hangs = true;
        Task<PointsAnswer>[] all = [.. Enumerable.Range(0, 10).Select(_ => TakeAsync(Body, "key"))];
        Assert.DoesNotContain(all, t => t.IsCompleted);
        _log.Complete();

        PointsAnswer[] answers = await Task.WhenAll(all);

        Assert.All(answers, a => Assert.Same(answers[0], a));
        Assert.Equal(1, _log.Appended);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Take_SameKeyAfter503_IsAFirstTry()
    {
        _log.Failure = new LogUnavailableException("the disk is full");
        Assert.Equal(503, (await TakeAsync(Body, "key")).Status);
        _log.Failure = null;

        Assert.Equal(200, (await TakeAsync(Body, "key")).Status);
        Assert.Equal(200, (await TakeAsync(Body, "key")).Status);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Take_SameKeyAfter429_IsAFirstTryAndKeptTenMinutesFromThen()
    {
        _log.Hangs = true;
        Task<PointsAnswer> blocking = TakeAsync(Body);
        Assert.Equal(429, (await TakeAsync(Body, "key")).Status);
        _log.Hangs = false;
        _log.Complete();
        await blocking;
        await Eventually.TrueAsync(() => _pipeline.QueuedBytes == 0, "room again");
        _time.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(200, (await TakeAsync(Body, "key")).Status);

        // Ten minutes after the try that was refused, four after the one that counted.
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(200, (await TakeAsync(Body, "key")).Status);
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Take_SameKeyAfterTenMinutes_CountsAgain()
    {
        await TakeAsync(Body, "key");
        _time.Advance(TimeSpan.FromMinutes(9.9));
        await TakeAsync(Body, "key");
        Assert.Equal(1, await CountAsync());
        _time.Advance(TimeSpan.FromMinutes(0.2));
        await TakeAsync(Body, "key");
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Take_BadRequestWithAKey_GetsTheSameAnswerAgain()
    {
        PointsAnswer first = await TakeAsync("""{"name":""}""", "key"), second = await TakeAsync(Body, "key");

        Assert.Equal(400, first.Status);
        Assert.Same(first, second);
    }

    [Fact]
    public async Task Take_KeyRestoredFromTheLog_IsNotCountedAgain()
    {
        _keys.Restore(IdempotencyCache.HashOf("key"), new PointsAnswer(200, 3, [], 0), _time.NowMs);

        PointsAnswer answer = await TakeAsync(Body, "key");

        Assert.Equal((200, 3L), (answer.Status, answer.Accepted));
        Assert.Equal(0, _log.Appended);
    }

    [Fact]
    public async Task Take_KeyAfterAReplay_IsAnsweredAsTheFirstWas()
    {
        // Two points of three values each are taken, one of a fourth series is refused by its grain, and one can't be read.
        string body = string.Join('\n', ((int[])[1, 2, 3, 4]).Select(i => $$$"""{"name":"intake","type":"distribution","values":[{{{(i < 3 ? "1,2,3" : "1")}}}],"tags":{"user":"{{{i}}}"}}""")) + "\n{}";
        PointsAnswer first = await TakeAsync(body, "key");
        Assert.Equal((200, 3L, 2), (first.Status, first.Accepted, first.RejectedTotal));

        var again = new IdempotencyCache(_time);
        await using var host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions { MaxSeries = 3 }, new Dictionary<string, int>()), [], long.MinValue, "node-1", _time);
        var replay = new LogReplay(_log, host, again, _time);
        await replay.RunAsync("node-1", CancellationToken.None);

        PointsAnswer restored = await again.TryClaim(IdempotencyCache.HashOf("key"))!;
        Assert.Equal((200, 3L, 2, 0), (restored.Status, restored.Accepted, restored.RejectedTotal, restored.Rejected.Count));
        Assert.Equal((1, 7), (replay.Records, replay.Samples));
    }

    [Fact]
    public async Task Take_KeyAfterAReplayOfAnOldRecord_IsAFirstTry()
    {
        await TakeAsync(Body, "old");
        _time.Advance(TimeSpan.FromMinutes(6));
        // Samples of yesterday say nothing of when they came.
        await TakeAsync($$"""{"name":"intake","type":"counter","value":1,"timestamp":{{_time.NowMs - 86_400_000}}}""", "late");
        _time.Advance(TimeSpan.FromMinutes(5));

        var again = new IdempotencyCache(_time);
        await new LogReplay(_log, _host, again, _time).RunAsync("another", CancellationToken.None);

        Assert.Equal(1, again.Count);
        Assert.NotNull(again.TryClaim(IdempotencyCache.HashOf("late")));
        Assert.Null(again.TryClaim(IdempotencyCache.HashOf("old")));
        // Kept until ten minutes after it came, not after the restart.
        _time.Advance(TimeSpan.FromMinutes(5.1));
        Assert.Null(again.TryClaim(IdempotencyCache.HashOf("late")));
    }

    [Fact]
    public async Task Take_SomeSeriesRefused_NamesTheirPointsInOrder()
    {
        string body = string.Join('\n', ((int[])[1, 2, 3, 4, 1, 5, 4]).Select(i => $$$"""{"name":"intake","type":"counter","value":1,"tags":{"user":"{{{i}}}"}}""")) + "\n{}";

        PointsAnswer answer = await TakeAsync(body);

        Assert.Equal((200, 4L, 4), (answer.Status, answer.Accepted, answer.RejectedTotal));
        Assert.Equal([3, 5, 6, 7], answer.Rejected.Select(r => r.Index));
        Assert.StartsWith("cardinality_limit: ", answer.Rejected[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_ThousandsRejected_ListsTheFirstThousand()
    {
        string body = string.Concat(Enumerable.Range(0, 5_000).Select(i => $$$"""{"name":"intake","type":"counter","value":1,"tags":{"user":"{{{i}}}"}}""" + "\n"));

        PointsAnswer answer = await TakeAsync(body);

        Assert.Equal((200, 3L, 4_997), (answer.Status, answer.Accepted, answer.RejectedTotal));
        Assert.Equal(Enumerable.Range(3, 1_000), answer.Rejected.Select(r => r.Index));
    }

    [Fact]
    public async Task Take_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var pipeline = new IngestPipeline(_log, _host, "node-2", 64 << 20, _meters, TimeProvider.System);
        var intake = new PointsIntake(pipeline, _meters, _keys, new IngestLimits(7 * 86_400_000L, 600_000), _time);

        PointsAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() =>
            intake.TakeAsync(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat(Body, i % 7 + 1)) + string.Concat(Enumerable.Repeat("\n{}", i % 5))), ""))));

        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal((200, i % 7 + 1, i % 5), (answers[i].Status, answers[i].Accepted, answers[i].RejectedTotal));
        }
        Assert.Equal(answers.Sum(a => a.Accepted), await CountAsync());
    }

    private Task<PointsAnswer> TakeAsync(string body, string key = "") => _intake.TakeAsync(Encoding.UTF8.GetBytes(body), key);

    private async Task<double> CountAsync()
    {
        long now = _time.NowMs / 10_000 * 10_000;
        MetricAnswer? answer = await _host.QueryAsync("intake", new(now - 3_600_000, now + 600_000, 10_000, [], [], Core.Windows.SketchNeed.None), CancellationToken.None);
        return answer?.Frame.Groups.SelectMany(g => g.Points).Sum(p => p.Aggregate.Count) ?? 0;
    }
}
