using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Testbed;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class AnnotationLogTests : IDisposable
{
    private const long Now = 1_776_416_400_000;

    private readonly ManualClock _time = new(Now);
    private readonly FakeAnnotations _store = new();
    private readonly IngestMeters _meters = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _meters.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Read_BeforeWhileAndAfterItIsWritten_HasEachOnceNewestFirst()
    {
        var gate = new TaskCompletionSource();
        var writing = new TaskCompletionSource();
        _store.Writing = (_, _) =>
        {
            writing.TrySetResult();
            return gate.Task;
        };
        AnnotationLog log = New();
        Task running = log.RunAsync(_stop.Token);
        log.Add(At(Now, "a"));
        log.Add(At(Now - 5, "b"));
        Assert.Equal("ab", await TitlesAsync(log));

        _time.Advance(TimeSpan.FromSeconds(1));
        await writing.Task;
        log.Add(At(Now + 1, "c"));
        Assert.Equal("cab", await TitlesAsync(log));

        // What is written between the look at what is pending and the look into the store is in both.
        _store.Reading = async () =>
        {
            gate.SetResult();
            await Eventually.TrueAsync(() => _store.Stored.Count == 2, "the write");
        };
        Assert.Equal("cab", await TitlesAsync(log));
        _store.Reading = () => Task.CompletedTask;
        Assert.Equal("cab", await TitlesAsync(log));
        Assert.Equal("ca", await TitlesAsync(log, limit: 2));

        await _stop.CancelAsync();
        await running;
        await log.DrainAsync(CancellationToken.None);
        Assert.Equal(3, _store.Stored.Count);
        Assert.Equal("cab", await TitlesAsync(log));
    }

    [Fact]
    public async Task Add_MoreThanThereIsRoomFor_AreDropped()
    {
        AnnotationLog log = New(new BatchLimits { Capacity = 2 });
        foreach (string title in (string[])["a", "b", "c"])
        {
            log.Add(At(Now, title));
        }
        Assert.Equal(2, (await TitlesAsync(log)).Length);
    }

    private static Annotation At(long unixMs, string title) => new(Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(Now)), unixMs, title, "", "info", "", "", "", TagSet.Empty);

    private AnnotationLog New(BatchLimits? limits = null) => new(_store, _meters, _time, NullLogger<AnnotationLog>.Instance, limits);

    private static async Task<string> TitlesAsync(AnnotationLog log, int limit = 10) =>
        string.Concat((await log.ReadAsync(new AnnotationQuery(Now - 1_000, Now + 1_000, [], "", AnnotationPosition.End, limit), CancellationToken.None)).Select(a => a.Title));
}
