using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Testbed;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class BatchWriterTests : IDisposable
{
    private readonly ManualClock _time = new(1_776_416_400_000);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<int[]> _writes = [];
    private readonly Lock _gate = new();
    private Func<int[], CancellationToken, Task> _write = (_, _) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Add_FewItems_AreWrittenTogetherAfterASecond()
    {
        BatchWriter<int> writer = New();
        Task running = writer.RunAsync(_stop.Token);
        Assert.True(writer.TryAdd(1));
        _time.Advance(TimeSpan.FromMilliseconds(600));
        Assert.True(writer.TryAdd(2));
        _time.Advance(TimeSpan.FromMilliseconds(399));
        Assert.Empty(Writes);
        Assert.Equal([1, 2], writer.Pending);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.TrueAsync(() => Writes.Count == 1 && writer.Pending.Count == 0, "the write");
        Assert.Equal([1, 2], Writes[0]);

        // The clock starts again with the first that comes.
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(writer.TryAdd(3));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Single(Writes);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.TrueAsync(() => Writes.Count == 2, "the second write");
        await StopAsync(running);
    }

    [Fact]
    public async Task Add_AsManyAsABatch_AreWrittenAtOnce()
    {
        BatchWriter<int> writer = New();
        Task running = writer.RunAsync(_stop.Token);
        foreach (int i in Enumerable.Range(0, 12_000))
        {
            Assert.True(writer.TryAdd(i));
        }
        await Eventually.TrueAsync(() => Writes.Count == 2, "two batches, with the clock standing");
        Assert.Equal([5_000, 5_000], Writes.Select(w => w.Length));

        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Writes.Count == 3, "the rest");
        Assert.Equal(Enumerable.Range(0, 12_000), Writes.SelectMany(w => w));
        await StopAsync(running);
    }

    [Fact]
    public async Task Write_StoreFails_RepeatsTheSameItemsUntilItTakesThem()
    {
        bool failing = true;
        _write = (_, _) => failing ? Task.FromException(new StoreUnavailableException("the test says so")) : Task.CompletedTask;
        BatchWriter<int> writer = New(new BatchLimits { Items = 3, Capacity = 5 });
        Task running = writer.RunAsync(_stop.Token);
        Assert.All([1, 2, 3], i => Assert.True(writer.TryAdd(i)));
        await AdvanceUntilAsync(() => Writes.Count >= 4, "attempts");
        Assert.All([4, 5], i => Assert.True(writer.TryAdd(i)));
        Assert.False(writer.TryAdd(6));
        Assert.Equal([1, 2, 3, 4, 5], writer.Pending);

        failing = false;
        await AdvanceUntilAsync(() => writer.Pending.Count == 0, "the store takes them");
        Assert.All(Writes.SkipLast(1), w => Assert.Equal([1, 2, 3], w));
        Assert.Equal([4, 5], Writes[^1]);
        Assert.True(writer.TryAdd(6));
        await StopAsync(running);
    }

    [Fact]
    public async Task Write_ErrorThatWillNotPass_GivesUpThatBatchAndGoesOn()
    {
        _write = (items, _) => items.Contains(1) ? Task.FromException(new InvalidDataException("poison")) : Task.CompletedTask;
        BatchWriter<int> writer = New(new BatchLimits { Items = 2 });
        Task running = writer.RunAsync(_stop.Token);
        Assert.All([1, 2, 3, 4], i => Assert.True(writer.TryAdd(i)));
        await Eventually.TrueAsync(() => Writes.Count == 2 && writer.Pending.Count == 0, "both batches");
        Assert.Equal([3, 4], Writes[1]);
        await StopAsync(running);
    }

    [Fact]
    public async Task Drain_AfterTheStop_WritesWhatIsLeftAndWhatWasUnderWay()
    {
        _write = (_, stop) => Task.Delay(Timeout.Infinite, stop);
        BatchWriter<int> writer = New(new BatchLimits { Items = 2 });
        Task running = writer.RunAsync(_stop.Token);
        Assert.All([1, 2, 3, 4, 5], i => Assert.True(writer.TryAdd(i)));
        await Eventually.TrueAsync(() => Writes.Count == 1, "a write that hangs");
        await StopAsync(running);

        _write = (_, _) => Task.CompletedTask;
        await writer.DrainAsync(CancellationToken.None);
        Assert.Equal([[1, 2], [1, 2], [3, 4], [5]], Writes);
        Assert.Empty(writer.Pending);
    }

    [Fact]
    public async Task Drain_StoreFails_EndsAllTheSame()
    {
        _write = (_, _) => Task.FromException(new StoreUnavailableException("the test says so"));
        BatchWriter<int> writer = New();
        Assert.True(writer.TryAdd(1));
        await writer.DrainAsync(CancellationToken.None);
        Assert.Equal([1], writer.Pending);
        Assert.Single(Writes);
    }

    /// <summary>Whatever fails when: each item is pending until it is written, and is written in order, more than once only when the outcome was unknown.</summary>
    [Fact]
    public async Task Write_FailuresAtRandom_LosesNothingAndKeepsTheOrder()
    {
        int seed = Random.Shared.Next(100_000);
        var random = new Random(seed);
        var stored = new List<int>();
        _write = (items, _) =>
        {
            lock (_gate)
            {
                bool before = random.Next(3) == 0, after = random.Next(3) == 0;
                stored.AddRange(before ? [] : items.Where(i => !stored.Contains(i)));
                return before || after ? Task.FromException(new StoreUnavailableException("the test says so")) : Task.CompletedTask;
            }
        };
        BatchWriter<int> writer = New(new BatchLimits { Items = 7 });
        Task running = writer.RunAsync(_stop.Token);
        for (int i = 0; i < 500; i++)
        {
            Assert.True(writer.TryAdd(i));
            if (i % 3 == 0)
            {
                _time.Advance(TimeSpan.FromMilliseconds(random.Next(700)));
                await Task.Yield();
            }
            IReadOnlyList<int> pending = writer.Pending;
            lock (_gate)
            {
                Assert.True(stored.Union(pending).Order().SequenceEqual(Enumerable.Range(0, i + 1)), $"seed {seed}, item {i}");
            }
        }
        await AdvanceUntilAsync(() => writer.Pending.Count == 0, $"seed {seed}: all to be written");
        Assert.True(stored.SequenceEqual(Enumerable.Range(0, 500)), $"seed {seed}");
        await StopAsync(running);
    }

    private IReadOnlyList<int[]> Writes
    {
        get
        {
            lock (_gate)
            {
                return [.. _writes];
            }
        }
    }

    private BatchWriter<int> New(BatchLimits? limits = null) => new("numbers", (items, stop) =>
    {
        lock (_gate)
        {
            _writes.Add([.. items]);
        }
        return _write([.. items], stop);
    }, limits ?? new BatchLimits(), _time, NullLogger.Instance);

    private Task AdvanceUntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        return condition();
    }, what);

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }
}
