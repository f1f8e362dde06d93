using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class LogRecoveryTests
{
    [Fact]
    public async Task OpenAsync_TornAtEveryByteOfTheLastRecord_KeepsTheOthersAndGoesOn()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        for (int i = 1; i <= 3; i++) await log.AppendAsync(Payload(i, 20 * i), i, CancellationToken.None);
        long whole = new FileInfo(fixture.Segments[0]).Length;
        long lastBegins = whole - 60 - 32;

        for (long length = lastBegins; length < whole; length++)
        {
            // With and without the rest of the file in place as zeros: the file's size may be on disk before its content is.
            foreach (bool zeros in (bool[])[false, true])
            {
                await using LogFixture torn = fixture.Copy();
                await using (FileStream segment = new(torn.Segments[0], FileMode.Open))
                {
                    segment.SetLength(length);
                    if (zeros) segment.SetLength(whole);
                }

                log = await torn.OpenAsync(policy: CorruptionPolicy.Refuse);
                if (length > lastBegins || zeros)
                {
                    LogEvent.TornTailCut cut = Assert.IsType<LogEvent.TornTailCut>(Assert.Single(torn.Events));
                    Assert.Equal((Path.GetFileName(torn.Segments[0]), lastBegins, (zeros ? whole : length) - lastBegins), (cut.Segment, cut.Offset, cut.Bytes));
                }

                Assert.Equal(lastBegins, new FileInfo(torn.Segments[0]).Length);
                Assert.Equal(3ul, await log.AppendAsync(Payload(9, 5), 9, CancellationToken.None));
                List<(ulong Sequence, byte[] Batch)> records = await ReadAllAsync(log);
                Assert.Equal((ulong[])[1, 2, 3], records.Select(r => r.Sequence));
                Assert.Equal((byte[][])[Payload(1, 20), Payload(2, 40), Payload(9, 5)], records.Select(r => r.Batch));
                Assert.Equal(0, log.Status.CorruptRecords);
            }
        }
    }

    [Fact]
    public async Task OpenAsync_TornAtEveryByteOfASegmentsHeader_GoesOnWithTheSegmentsBefore()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        await log.AppendAsync(Payload(1, 900), 0, CancellationToken.None);
        await log.AppendAsync(Payload(2, 900), 0, CancellationToken.None);
        for (int length = 0; length < 64; length++)
        {
            await using LogFixture torn = fixture.Copy();
            await using (FileStream segment = new(torn.Segments[1], FileMode.Open)) segment.SetLength(length);
            log = await torn.OpenAsync(policy: CorruptionPolicy.Refuse);
            Assert.Equal(2ul, await log.AppendAsync(Payload(3, 10), 0, CancellationToken.None));
            Assert.Equal((ulong[])[1, 2], await SequencesAsync(log));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_BitFlippedAtEveryByteOfAMiddleRecord_RecoversBothNeighbours(bool inLastSegment)
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 5; i++) await log.AppendAsync(Payload(i, 50), i, CancellationToken.None);
        if (!inLastSegment) await log.AppendAsync(Payload(6, 1000), 6, CancellationToken.None);
        ulong[] neighbours = inLastSegment ? [1, 2, 4, 5] : [1, 2, 4, 5, 6];
        const int begin = 64 + (2 * 82);
        for (int at = begin; at < begin + 82; at++)
        {
            await using LogFixture damaged = fixture.Copy();
            Flip(damaged.Segments[0], at, (byte)(1 << (at % 8)));
            log = await damaged.OpenAsync();
            Assert.Equal(neighbours, await SequencesAsync(log));
            Assert.Equal(neighbours, await SequencesAsync(log));
            LogEvent.RecordCorrupt report = Assert.IsType<LogEvent.RecordCorrupt>(Assert.Single(damaged.Events));
            Assert.Equal((Path.GetFileName(damaged.Segments[0]), begin, 82), (report.Segment, report.Offset, report.Bytes));
            Assert.Equal(at < begin + 32 ? null : 3ul, report.Sequence);
            Assert.Equal(1, log.Status.CorruptRecords);
            Assert.Equal(inLastSegment ? 6ul : 7ul, await log.AppendAsync(Payload(7, 10), 0, CancellationToken.None));

            await using LogFixture refused = fixture.Copy();
            Flip(refused.Segments[0], at, (byte)(1 << (at % 8)));
            LogCorruptException error = await Assert.ThrowsAsync<LogCorruptException>(async () => await ReadAllAsync(await refused.OpenAsync(policy: CorruptionPolicy.Refuse)));
            Assert.Equal((refused.Segments[0], begin), (error.Path, error.Offset));
            Assert.Contains($"at byte {begin}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_BitFlippedAtEveryByteOfASegmentHeader_LosesNoRecord(bool inLastSegment)
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 3; i++) await log.AppendAsync(Payload(i, 900), i, CancellationToken.None);
        for (int at = 0; at < 64; at++)
        {
            await using LogFixture damaged = fixture.Copy();
            string segment = damaged.Segments[inLastSegment ? 2 : 1];
            Flip(segment, at, 0x10);
            log = await damaged.OpenAsync();
            Assert.Equal((ulong[])[1, 2, 3], await SequencesAsync(log));
            Assert.Equal(Path.GetFileName(segment), Assert.IsType<LogEvent.SegmentHeaderCorrupt>(Assert.Single(damaged.Events)).Segment);
            await log.DisposeAsync();
            await Assert.ThrowsAsync<LogCorruptException>(() => damaged.OpenAsync(policy: CorruptionPolicy.Refuse));
        }
    }

    /// <summary>A payload made of whole records, as an attacker might send, behind a damaged header: nothing of it may pass for a record.</summary>
    [Fact]
    public async Task ReadAsync_RecordsInsideADamagedRecord_AreNotTakenForRecords()
    {
        await using LogFixture other = new();
        FileIngestLog source = await other.OpenAsync();
        for (int i = 1; i <= 20; i++) await source.AppendAsync(Payload(i, 100), i, CancellationToken.None);
        byte[] records = (await File.ReadAllBytesAsync(other.Segments[0]))[64..];

        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        await log.AppendAsync(records, 0, CancellationToken.None);
        await log.AppendAsync(Payload(3, 10), 0, CancellationToken.None);
        await log.DisposeAsync();
        Flip(fixture.Segments[0], 64 + 42 + 8, 1);
        log = await fixture.OpenAsync();
        Assert.Equal((ulong[])[1, 3], await SequencesAsync(log));
    }

    [Fact]
    public async Task ReadAsync_RandomDamageAndLargeRecords_ReturnsOnlyTrueRecordsAndAllUntouchedOnes()
    {
        const int seed = 20;
        Random random = new(seed);
        for (int round = 0; round < 20; round++)
        {
            await using LogFixture fixture = new();
            FileIngestLog log = await fixture.OpenAsync(segmentBytes: 4 << 20);
            int[] sizes = [.. Enumerable.Range(0, 12).Select(_ => random.Next(0, 900_000))];
            for (int i = 0; i < sizes.Length; i++) await log.AppendAsync(Payload(i, sizes[i]), 0, CancellationToken.None);
            await log.DisposeAsync();
            string path = fixture.Segments[0];
            int length = (int)new FileInfo(path).Length;
            for (int i = 0; i < 3; i++) Flip(path, random.Next(64, length), 0x40);

            log = await fixture.OpenAsync();
            List<(ulong Sequence, byte[] Batch)> found = await ReadAllAsync(log);
            Assert.InRange(found.Count, sizes.Length - 3, sizes.Length - 1);
            Assert.All(found, record => Assert.True(Payload((int)record.Sequence - 1, sizes[record.Sequence - 1]).AsSpan().SequenceEqual(record.Batch), $"seed {seed} round {round}"));
        }
    }

    [Fact]
    public async Task OpenAsync_SealedSegmentCutShort_IsReportedAsDamage()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 11; i++) await log.AppendAsync(Payload(i, 168), 0, CancellationToken.None);
        await log.DisposeAsync();
        await using (FileStream segment = new(fixture.Segments[0], FileMode.Open)) segment.SetLength(64 + (3 * 200));
        log = await fixture.OpenAsync();
        Assert.Equal((ulong[])[1, 2, 3, 5, 6, 7, 8, 9, 10, 11], await SequencesAsync(log));
        Assert.Equal((664, 200), Assert.IsType<LogEvent.RecordCorrupt>(Assert.Single(fixture.Events)) is { } e ? (e.Offset, e.Bytes) : default);
    }

    [Fact]
    public async Task OpenAsync_SegmentOfAnotherLog_IsRefused()
    {
        await using LogFixture one = new();
        await using LogFixture two = new();
        FileIngestLog log = await one.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        await log.DisposeAsync();
        await (await two.OpenAsync()).DisposeAsync();
        File.Copy(one.Segments[0], Path.Combine(two.Directory, Path.GetFileName(one.Segments[0])));
        await Assert.ThrowsAsync<LogCorruptException>(() => two.OpenAsync());
    }

    [Fact]
    public async Task OpenAsync_CheckpointGone_IsRebuiltFromTheSegments()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 1024);
        for (int i = 1; i <= 4; i++) await log.AppendAsync(Payload(i, 900), i, CancellationToken.None);
        Assert.Equal(2, log.Release(3, 100));
        await log.AppendAsync(Payload(5, 900), 5, CancellationToken.None);
        ulong id = log.LogId;
        await log.DisposeAsync();
        File.Delete(Path.Combine(fixture.Directory, "checkpoint"));
        log = await fixture.OpenAsync();
        Assert.Equal(id, log.LogId);
        Assert.Equal(2, log.Release(0, 0));
        Assert.Equal((ulong[])[3, 4, 5], await SequencesAsync(log));
        Assert.Equal(6ul, log.Status.NextSequence);
        await log.DisposeAsync();

        Flip(Path.Combine(fixture.Directory, "checkpoint"), 20, 1);
        await Assert.ThrowsAsync<LogCorruptException>(() => fixture.OpenAsync());
    }

    private static void Flip(string path, int at, byte bits)
    {
        using FileStream file = new(path, FileMode.Open);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ bits));
    }

    [Fact]
    public async Task SkipTo_HigherSequence_LeavesAGapThatReadsAndReopeningPassOver()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 1, CancellationToken.None);
        log.SkipTo(50, lostNewestMs: 1_000);
        log.SkipTo(7, lostNewestMs: 900);
        Assert.Equal(50ul, await log.AppendAsync(Payload(2, 10), 2, CancellationToken.None));
        await log.DisposeAsync();
        log = await fixture.OpenAsync(policy: CorruptionPolicy.Refuse);
        Assert.Equal(51ul, await log.AppendAsync(Payload(3, 10), 3, CancellationToken.None));
        Assert.Equal((ulong[])[1, 50, 51], await SequencesAsync(log));
        Assert.Equal((0, 1_000), (log.Status.CorruptRecords, log.Release(0, long.MinValue)));
    }

    [Fact]
    public async Task SkipTo_KilledRightAfter_IsKept()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 1, CancellationToken.None);
        log.SkipTo(50, lostNewestMs: 1_000);
        await using LogFixture killed = fixture.Copy();
        log = await killed.OpenAsync(policy: CorruptionPolicy.Refuse);
        Assert.Equal((50ul, 1_000), (log.Status.NextSequence, log.Release(0, long.MinValue)));
    }
}
