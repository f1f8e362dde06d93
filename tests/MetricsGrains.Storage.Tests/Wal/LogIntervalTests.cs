using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class LogIntervalTests
{
    [Fact]
    public async Task AppendAsync_Interval_CompletesBeforeTheFsyncThatTheTimerBrings()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        int syncs = fixture.Files.Syncs;
        await log.AppendAsync(Payload(2, 10), 0, CancellationToken.None);
        Assert.Equal(syncs, fixture.Files.Syncs);
        Assert.Equal(0ul, log.Status.DurableThrough);

        // The second append must not have put the timer off.
        fixture.Time.Advance(TimeSpan.FromMilliseconds(60));
        await log.AppendAsync(Payload(3, 10), 0, CancellationToken.None);
        Assert.Equal(0ul, log.Status.DurableThrough);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(40));
        await EventuallyAsync(() => log.Status.DurableThrough == 3);
        Assert.Equal(syncs + 1, fixture.Files.Syncs);

        await log.AppendAsync(Payload(4, 10), 0, CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
        await EventuallyAsync(() => log.Status.DurableThrough == 4);
    }

    [Fact]
    public async Task ReadAsync_Interval_ReturnsAllAcknowledgedAndMakesItDurable()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        await log.AppendAsync(Payload(2, 10), 0, CancellationToken.None);
        Assert.Equal((ulong[])[1ul, 2ul], await SequencesAsync(log));
        Assert.Equal(2ul, log.Status.DurableThrough);
    }

    [Fact]
    public async Task Sync_Fails_ReportsWhatIsInDoubtAndGoesOn()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        await log.AppendAsync(Payload(2, 10), 0, CancellationToken.None);
        fixture.Files.SyncFails = true;
        fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
        await EventuallyAsync(() => !fixture.Events.IsEmpty);
        LogEvent.AcknowledgedNotSynced doubt = Assert.IsType<LogEvent.AcknowledgedNotSynced>(Assert.Single(fixture.Events));
        Assert.Equal((0ul, 2ul), (doubt.AfterSequence, doubt.ThroughSequence));
        fixture.Files.SyncFails = false;

        Assert.Equal(3ul, await log.AppendAsync(Payload(3, 10), 0, CancellationToken.None));
        Assert.Equal((ulong[])[1ul, 2ul, 3ul], await SequencesAsync(log));
        Assert.Equal(2, fixture.Segments.Length);
        Assert.Equal(3ul, log.Status.DurableThrough);
    }

    /// <summary>What power loss does: acknowledged and applied records are gone. Their sequences must not come again, or the new records pass for applied.</summary>
    [Fact]
    public async Task OpenAsync_UncleanInterval_PassesEverySequenceThatMayHaveBeenGivenOut()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        for (int i = 0; i < 10; i++) await log.AppendAsync(Payload(i, 10), 0, CancellationToken.None);
        await using LogFixture lost = fixture.Copy();
        await using (FileStream segment = new(lost.Segments[0], FileMode.Open)) segment.SetLength(64 + (42 * 4));

        log = await lost.OpenAsync();
        Assert.Equal((ulong[])[1ul, 2ul, 3ul, 4ul], await SequencesAsync(log));
        ulong next = await log.AppendAsync(Payload(11, 10), 0, CancellationToken.None);
        Assert.InRange(next, 11ul, 1ul << 26);
        Assert.Equal((ulong[])[1ul, 2ul, 3ul, 4ul, next], await SequencesAsync(log));
    }
}
