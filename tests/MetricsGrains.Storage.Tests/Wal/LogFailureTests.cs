using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class LogFailureTests
{
    /// <summary>The disk fills up at every byte of a record, or of a new segment's header.</summary>
    [Fact]
    public async Task AppendAsync_DiskFullAtAnyByte_RefusesThenRecovers()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 4096);
        List<ulong> good = [];
        for (int room = 0; room < 120; room++)
        {
            fixture.Files.Room = room;
            long length = log.Status.Bytes;
            LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(room, 90), 0, CancellationToken.None));
            Assert.Contains("No space left", error.Message, StringComparison.Ordinal);

            // The header of a new segment may have found room.
            Assert.True(log.Status.Bytes == length || log.Status.Bytes == length + 64);
            Assert.Equal(log.Status.Bytes, fixture.Segments.Sum(path => new FileInfo(path).Length));
            fixture.Files.Room = long.MaxValue;
            good.Add(await log.AppendAsync(Payload(room, 90), 0, CancellationToken.None));
        }

        Assert.Equal(good.Order().Distinct(), good);
        Assert.Equal(good, await SequencesAsync(log));
        Assert.Equal(120, fixture.Events.OfType<LogEvent.AppendsFailing>().Count(e => !e.Syncing));
        Assert.Equal(120, fixture.Events.OfType<LogEvent.AppendsResumed>().Count());
        await log.DisposeAsync();
        log = await fixture.OpenAsync();
        Assert.Equal(good, await SequencesAsync(log));
        Assert.Equal(0, log.Status.CorruptRecords);
        Assert.True(log.Status.NextSequence > good[^1]);
    }

    [Fact]
    public async Task AppendAsync_DiskFull_FailsTheWholeGroupAndSaysSoOnce()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(0, 10), 0, CancellationToken.None);
        fixture.Files.Room = 5000;
        Task<ulong>[] tasks = [.. Enumerable.Range(0, 500).Select(i => log.AppendAsync(Payload(i, 20_000), 0, CancellationToken.None))];
        int refused = 0;
        foreach (Task<ulong> task in tasks)
        {
            try
            {
                await task;
            }
            catch (LogUnavailableException)
            {
                refused++;
            }
        }

        Assert.Equal(500, refused);
        Assert.Single(fixture.Events.OfType<LogEvent.AppendsFailing>());
        fixture.Files.Room = long.MaxValue;
        Assert.Equal(502ul, await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None));
        Assert.Equal(500, Assert.Single(fixture.Events.OfType<LogEvent.AppendsResumed>()).Refused);
        Assert.Equal((ulong[])[1, 502], await SequencesAsync(log));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AppendAsync_FsyncFails_RefusesAndGoesOnInANewSegment(bool truncateFails)
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        fixture.Files.SyncFails = true;
        fixture.Files.TruncateFails = truncateFails;
        for (int i = 0; i < 3; i++)
        {
            LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(2, 10), 0, CancellationToken.None));
            Assert.Contains("fsync", error.Message, StringComparison.Ordinal);
        }

        Assert.True(Assert.Single(fixture.Events.OfType<LogEvent.AppendsFailing>()).Syncing);
        Assert.Equal((ulong[])[1], await SequencesAsync(log));
        fixture.Files.SyncFails = false;
        Assert.Equal(5ul, await log.AppendAsync(Payload(5, 10), 0, CancellationToken.None));
        Assert.Equal(2, fixture.Segments.Length);
        Assert.Equal((ulong[])[1, 5], await SequencesAsync(log));

        // Where the failed record could not be cut off it is whole in the file; only the next segment's header says that it does not count.
        if (truncateFails) Assert.Equal(64 + (2 * 42), new FileInfo(fixture.Segments[0]).Length);
        await using LogFixture copy = fixture.Copy();
        log = await copy.OpenAsync(policy: CorruptionPolicy.Refuse);
        Assert.Equal((ulong[])[1, 5], await SequencesAsync(log));
        Assert.Empty(copy.Events);
        Assert.Equal(6ul, log.Status.NextSequence);
    }

    [Fact]
    public async Task AppendAsync_NewSegmentFails_LeavesNoTraceOfIt()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        await log.AppendAsync(Payload(1, 900), 0, CancellationToken.None);
        fixture.Files.Room = 70;
        fixture.Files.TruncateFails = true;
        await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(2, 900), 0, CancellationToken.None));
        Assert.Single(fixture.Segments);
        fixture.Files.DeleteFails = true;
        fixture.Files.Room = 70;
        await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(3, 900), 0, CancellationToken.None));
        fixture.Files.Room = 20;
        await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(4, 900), 0, CancellationToken.None));
        fixture.Files.Room = long.MaxValue;
        Assert.Equal(5ul, await log.AppendAsync(Payload(5, 900), 0, CancellationToken.None));
        Assert.Equal((ulong[])[1, 5], await SequencesAsync(log));

        await using LogFixture copy = fixture.Copy();
        log = await copy.OpenAsync();
        Assert.Equal((ulong[])[1, 5], await SequencesAsync(log));
    }

    [Fact]
    public async Task AppendAsync_IntervalDiskFull_KeepsWhatWasAcknowledged()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        await log.AppendAsync(Payload(1, 100), 0, CancellationToken.None);
        fixture.Files.Room = 50;
        fixture.Files.TruncateFails = true;
        await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync(Payload(2, 100), 0, CancellationToken.None));
        Assert.Equal(1ul, log.Status.DurableThrough);
        fixture.Files.Room = long.MaxValue;
        await log.AppendAsync(Payload(3, 100), 0, CancellationToken.None);
        Assert.Equal((ulong[])[1, 3], await SequencesAsync(log));
        await log.DisposeAsync();
        log = await fixture.OpenAsync(policy: CorruptionPolicy.Refuse);
        Assert.Equal((ulong[])[1, 3], await SequencesAsync(log));
    }

    [Fact]
    public async Task OpenAsync_DirectoryCantBeMade_SaysWhatToDo()
    {
        await using LogFixture fixture = new();
        await File.WriteAllTextAsync(fixture.Directory, "in the way");
        LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => fixture.OpenAsync());
        Assert.Contains(fixture.Directory, error.Message, StringComparison.Ordinal);
        File.Delete(fixture.Directory);
    }
}
