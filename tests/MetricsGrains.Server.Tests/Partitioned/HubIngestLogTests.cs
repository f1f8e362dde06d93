using MetricsGrains.Contracts;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Partitioned;
using MetricsGrains.Testbed;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>What is acknowledged is in the hub, once as its readers see it.</summary>
public sealed class HubIngestLogTests
{
    private const long T0 = 1_767_000_000_000;

    private readonly InMemoryHub _hub = new(3);
    private readonly ManualClock _time = new(T0);

    [Fact]
    public async Task Append_MetricsOfSeveralPartitions_IsAcknowledgedWhenAllHaveTheirPart()
    {
        var held = new TaskCompletionSource();
        _hub.Sending = p => p == "1" ? held.Task : Task.CompletedTask;
        await using HubIngestLog log = await HubIngestLog.OpenAsync(_hub, _time, CancellationToken.None);

        Task<ulong> appended = log.AppendAsync(Batch(100, 1), T0, CancellationToken.None);
        await Eventually.TrueAsync(() => _hub.EventsOf("0").Count == 1 && _hub.EventsOf("2").Count == 1, "the others have theirs");
        Assert.False(appended.IsCompleted);

        held.SetResult();
        Assert.Equal(1UL, await appended);
        Assert.Equal(2UL, log.Status.NextSequence);
        Assert.Equal(100, await SumAsync());
    }

    [Fact]
    public async Task Append_ManyWhileOneSendIsUnderWay_GoTogetherInTheirOrderAndFitTheHub()
    {
        TaskCompletionSource begun = new(), held = new();
        _hub.Sending = _ =>
        {
            begun.TrySetResult();
            return held.Task;
        };
        await using HubIngestLog log = await HubIngestLog.OpenAsync(_hub, _time, CancellationToken.None);
        Task Append(int i) => log.AppendAsync(Observed.Batch(Observed.Counter("m", "", T0, i)), T0, CancellationToken.None);
        Task first = Append(0);
        await begun.Task;
        Task[] appended = [first, .. Enumerable.Range(1, 499).Select(Append)];
        held.SetResult();
        await Task.WhenAll(appended);

        string partition = new[] { "0", "1", "2" }.Single(p => _hub.EventsOf(p).Count > 0);
        Assert.InRange(_hub.Sends.Count, 2, 10);
        ulong[] numbers = [.. _hub.EventsOf(partition).Select(e => EventEnvelope.TryRead(e.Body, out EventEnvelope envelope, out _) ? envelope.Number : 0)];
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (ulong)i), numbers);
    }

    /// <summary>The answer is lost, or the send; the sender can't tell which, and sends again.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Append_SendsOfUnknownOutcome_CountOnce(int seed)
    {
        var random = new Random(seed);
        Task Fail(string partition)
        {
            lock (random)
            {
                return random.Next(6) == 0 ? Task.FromException(new HubUnavailableException("the test says so")) : Task.CompletedTask;
            }
        }
        _hub.Sending = Fail;
        _hub.Sent = Fail;
        HubIngestLog log = await HubIngestLog.OpenAsync(_hub, TimeProvider.System, CancellationToken.None);
        var appended = new List<Task>();
        for (int i = 0; i < 40; i++)
        {
            appended.Add(log.AppendAsync(Batch(20, i), T0, CancellationToken.None));
            await Task.Delay(i % 10);
        }
        await Task.WhenAll(appended);
        await log.DisposeAsync();

        Assert.True(_hub.EventsOf("0").Count + _hub.EventsOf("1").Count + _hub.EventsOf("2").Count > 120, $"some are there twice, seed {seed}");
        Assert.Equal(20 * Enumerable.Range(0, 40).Sum(), await SumAsync());
    }

    [Fact]
    public async Task Append_TheHubStaysAway_IsGivenUpAndTheNextOnesSooner()
    {
        _hub.Sending = _ => Task.FromException(new HubUnavailableException("nobody answers."));
        await using HubIngestLog log = await HubIngestLog.OpenAsync(_hub, _time, CancellationToken.None);

        Task<ulong> appended = log.AppendAsync(Batch(1, 1), T0, CancellationToken.None);
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return appended.IsCompleted;
        }, "it is given up");
        LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => appended);
        Assert.Contains("test/hub does not take what is sent to it: nobody answers. Whether it has it is not known.", error.Message);
        // No time passes.
        await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Batch(1, 1), T0, CancellationToken.None));

        _hub.Sending = _ => Task.CompletedTask;
        await log.AppendAsync(Batch(1, 5), T0, CancellationToken.None);
        Assert.Equal(5, await SumAsync());
    }

    [Fact]
    public async Task Log_HasNothingToReadOrToLetGoOf()
    {
        await using HubIngestLog log = await HubIngestLog.OpenAsync(_hub, _time, CancellationToken.None);
        await log.AppendAsync(Batch(10, 1), T0, CancellationToken.None);
        await foreach (LogRecord record in log.ReadAsync(0, CancellationToken.None))
        {
            Assert.Fail($"record {record.Sequence}");
        }
        Assert.Equal(long.MinValue, log.Release(ulong.MaxValue, long.MaxValue));
        Assert.Equal(log.Status.NextSequence, log.Status.FirstSequence);
    }

    private static byte[] Batch(int metrics, double value) => Observed.Batch(Enumerable.Range(0, metrics).Select(i => Observed.Counter($"metric.{i}", "", T0, value)));

    private async Task<double> SumAsync()
    {
        double sum = 0;
        foreach (string partition in await _hub.PartitionsAsync(CancellationToken.None))
        {
            sum += await Partitions.SumAsync(new PartitionLog(_hub, partition), 0);
        }
        return sum;
    }
}
