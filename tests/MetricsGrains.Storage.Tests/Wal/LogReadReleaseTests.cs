using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class LogReadReleaseTests
{
    [Fact]
    public async Task ReadAsync_FromEverySequence_BeginsThere()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 2048);
        for (int i = 1; i <= 20; i++) await log.AppendAsync(Payload(i, 400), i, CancellationToken.None);
        Assert.True(log.Status.Segments > 3);
        for (ulong from = 0; from <= 22; from++)
        {
            Assert.Equal(Enumerable.Range(1, 20).Select(i => (ulong)i).Where(s => s >= from), await SequencesAsync(log, from));
        }
    }

    [Fact]
    public async Task ReadAsync_WhileAppendsGoOn_EndsWhereItWasCalled()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 20_000);
        for (int i = 1; i <= 50; i++) await log.AppendAsync(Payload(i, 1000), i, CancellationToken.None);
        IAsyncEnumerable<LogRecord> read = log.ReadAsync(0, CancellationToken.None);
        ulong expected = 1;
        await foreach (LogRecord record in read)
        {
            Assert.Equal(expected, record.Sequence);
            Assert.Equal(Payload((int)expected, 1000), record.Batch.ToArray());
            await log.AppendAsync(Payload((int)(50 + expected), 1000), 0, CancellationToken.None);
            expected++;
        }

        Assert.Equal(51ul, expected);
        Assert.Equal(100, (await SequencesAsync(log)).Length);
    }

    [Fact]
    public async Task ReadAsync_SegmentsReleasedMeanwhile_AreLeftOut()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 5; i++) await log.AppendAsync(Payload(i, 900), i, CancellationToken.None);
        List<ulong> seen = [];
        await foreach (LogRecord record in log.ReadAsync(0, CancellationToken.None))
        {
            if (seen.Count == 0) log.Release(4, 100);
            seen.Add(record.Sequence);
        }

        Assert.Equal((ulong[])[1, 4, 5], seen);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_Stops()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        for (int i = 1; i <= 5; i++) await log.AppendAsync(Payload(i, 10), i, CancellationToken.None);
        using CancellationTokenSource cancel = new();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LogRecord record in log.ReadAsync(0, cancel.Token))
            {
                seen++;
                await cancel.CancelAsync();
            }
        });
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Release_OnlyWholeOldSegmentsOldestFirst()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        long[] newest = [100, 300, 200, 150, 400];
        for (int i = 0; i < 5; i++) await log.AppendAsync(Payload(i, 900), newest[i], CancellationToken.None);
        Assert.Equal(5, fixture.Segments.Length);

        Assert.Equal(long.MinValue, log.Release(1, 1000));
        Assert.Equal(long.MinValue, log.Release(100, 100));
        Assert.Equal(100, log.Release(100, 101));
        Assert.Equal(2ul, log.Status.FirstSequence);

        // Segment 2 is too young and keeps the older ones behind it.
        Assert.Equal(100, log.Release(100, 300));
        Assert.Equal(4, fixture.Segments.Length);
        Assert.Equal(300, log.Release(4, 301));
        Assert.Equal((ulong[])[4, 5], await SequencesAsync(log));
        Assert.Equal(300, log.Release(1000, long.MaxValue));
        Assert.Equal((ulong[])[5], await SequencesAsync(log));
        Assert.Equal(fixture.Segments.Sum(path => new FileInfo(path).Length), log.Status.Bytes);
    }

    [Fact]
    public async Task Release_Reopened_RemembersWatermarkAndSequence()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        Assert.Equal(new LogStatus(1, 1, 0, 0, 0, 0), log.Status);
        for (int i = 1; i <= 3; i++) await log.AppendAsync(Payload(i, 900), 100 * i, CancellationToken.None);
        await log.DisposeAsync();

        // Newest sample times are found again in the record headers.
        log = await fixture.OpenAsync(segmentBytes: 1024);
        Assert.Equal(long.MinValue, log.Release(100, 100));
        Assert.Equal(300, log.Release(100, 301));
        Assert.Empty(fixture.Segments);
        Assert.Equal(new LogStatus(4, 4, 3, 0, 0, 0), log.Status);
        Assert.Empty(await SequencesAsync(log));

        await using LogFixture killed = fixture.Copy();
        foreach (LogFixture next in (LogFixture[])[fixture, killed])
        {
            if (next == fixture) await log.DisposeAsync();
            FileIngestLog reopened = await next.OpenAsync();
            Assert.Equal(300, reopened.Release(0, 0));
            Assert.Equal(4ul, await reopened.AppendAsync(Payload(4, 10), 5, CancellationToken.None));
            Assert.Equal(new LogStatus(4, 5, 4, 64 + 42, 1, 0), reopened.Status);
        }
    }

    [Fact]
    public async Task Release_DeleteFails_KeepsTheSegmentAndTriesAgain()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 3; i++) await log.AppendAsync(Payload(i, 900), i, CancellationToken.None);
        fixture.Files.DeleteFails = true;
        Assert.Equal(2, log.Release(100, 100));
        Assert.IsType<LogEvent.ReleaseFailed>(Assert.Single(fixture.Events));
        Assert.Equal((ulong[])[1, 2, 3], await SequencesAsync(log));
        fixture.Files.DeleteFails = false;
        Assert.Equal(2, log.Release(100, 100));
        Assert.Equal((ulong[])[3], await SequencesAsync(log));
    }

    [Fact]
    public async Task OpenAsync_ManyTimes_SequencesGoOn()
    {
        await using LogFixture fixture = new();
        for (int round = 0; round < 10; round++)
        {
            FileIngestLog log = await fixture.OpenAsync(durability: (LogDurability)(round % 2));
            Assert.Equal((ulong)(round * 2) + 1, log.Status.NextSequence);
            Assert.Equal((ulong)(round * 2), log.Status.DurableThrough);
            await log.AppendAsync(Payload(round, 100), 0, CancellationToken.None);
            await log.AppendAsync(Payload(round, 0), 0, CancellationToken.None);
            await log.DisposeAsync();
            log = await fixture.OpenAsync();
            await log.DisposeAsync();
        }

        Assert.Equal(20, (await SequencesAsync(await fixture.OpenAsync())).Length);
        Assert.Empty(fixture.Events);
    }
}
