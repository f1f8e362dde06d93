using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class LogAppendTests
{
    [Fact]
    public async Task AppendAsync_SizesAroundEveryLimit_ReadBackUnchanged()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 100_000);
        int[] sizes = [0, 1, 31, 32, 33, 4096, 16_384, 16_385, 99_904, 99_905, 100_000, 524_288, 3_000_000, 7];
        for (int i = 0; i < sizes.Length; i++) Assert.Equal((ulong)(i + 1), await log.AppendAsync(Payload(i, sizes[i]), i, CancellationToken.None));

        List<(ulong Sequence, byte[] Batch)> records = await ReadAllAsync(log);
        Assert.Equal(sizes.Length, records.Count);
        for (int i = 0; i < sizes.Length; i++)
        {
            Assert.Equal((ulong)(i + 1), records[i].Sequence);
            Assert.Equal(Payload(i, sizes[i]), records[i].Batch);
        }

        Assert.Equal(0, log.Status.CorruptRecords);
        Assert.Equal(fixture.Segments.Sum(path => new FileInfo(path).Length), log.Status.Bytes);
        Assert.Equal(fixture.Segments.Length, log.Status.Segments);
    }

    [Fact]
    public async Task AppendAsync_ManyAtOnce_SequencesFollowTheCallsAndGroupsShareAnFsync()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 64 << 20);
        using ManualResetEventSlim gate = new();
        fixture.Files.SyncGate = gate;
        Task<ulong>[] tasks = [.. Enumerable.Range(0, 5000).Select(i => log.AppendAsync(Payload(i, 1 + (i % 3 * 9000)), i, CancellationToken.None))];
        gate.Set();
        ulong[] sequences = await Task.WhenAll(tasks);

        Assert.Equal(Enumerable.Range(1, 5000).Select(i => (ulong)i), sequences);

        // The header, the first group, and as many groups as 5,000 records of 9 KB fill staging buffers of 1 MiB.
        Assert.InRange(fixture.Files.Syncs, 2, 60);
        List<(ulong Sequence, byte[] Batch)> records = await ReadAllAsync(log);
        Assert.Equal(sequences, records.Select(record => record.Sequence));
        Assert.All(records, record => Assert.Equal(Payload((int)record.Sequence - 1, record.Batch.Length), record.Batch));
    }

    [Fact]
    public async Task AppendAsync_ConcurrentCallers_EachSequenceOnceAndIncreasingPerCaller()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 200_000);
        ulong[][] byCaller = await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            List<ulong> sequences = [];
            for (int i = 0; i < 200; i++) sequences.Add(await log.AppendAsync(Payload(caller, 100 + i), 0, CancellationToken.None));
            return sequences.ToArray();
        })));

        Assert.All(byCaller, sequences => Assert.Equal(sequences.Order(), sequences));
        Assert.Equal(Enumerable.Range(1, 1600).Select(i => (ulong)i), byCaller.SelectMany(s => s).Order());
        Dictionary<ulong, byte[]> records = (await ReadAllAsync(log)).ToDictionary(record => record.Sequence, record => record.Batch);
        for (int caller = 0; caller < 8; caller++)
        {
            for (int i = 0; i < 200; i++) Assert.Equal(Payload(caller, 100 + i), records[byCaller[caller][i]]);
        }
    }

    [Fact]
    public async Task AppendAsync_FsyncPending_NeitherCompletesNorIsRead()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        using ManualResetEventSlim gate = new();
        fixture.Files.SyncGate = gate;
        int syncs = fixture.Files.Syncs;
        Task<ulong> append = log.AppendAsync(Payload(2, 10), 0, CancellationToken.None);
        await EventuallyAsync(() => fixture.Files.Syncs > syncs);

        Assert.False(append.IsCompleted);
        Assert.Equal((ulong[])[1ul], await SequencesAsync(log));
        Assert.Equal(1ul, log.Status.DurableThrough);
        gate.Set();
        Assert.Equal(2ul, await append);
        Assert.Equal(2ul, log.Status.DurableThrough);
        Assert.Equal((ulong[])[1ul, 2ul], await SequencesAsync(log));
    }

    [Fact]
    public async Task AppendAsync_Cancelled_LeavesAGapAndNothingToRead()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        using ManualResetEventSlim gate = new();
        fixture.Files.SyncGate = gate;
        Task<ulong> first = log.AppendAsync(Payload(1, 10), 0, CancellationToken.None);
        await EventuallyAsync(() => fixture.Files.Syncs > 0);
        using CancellationTokenSource cancel = new();
        Task<ulong> second = log.AppendAsync(Payload(2, 10), 0, cancel.Token);
        Task<ulong> third = log.AppendAsync(Payload(3, 10), 0, CancellationToken.None);
        await cancel.CancelAsync();
        gate.Set();

        Assert.Equal(1ul, await first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(3ul, await third);
        Assert.Equal((ulong[])[1ul, 3ul], await SequencesAsync(log));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.AppendAsync(Payload(4, 10), 0, cancel.Token));
        Assert.Equal(4ul, log.Status.NextSequence);
    }

    [Fact]
    public async Task AppendAsync_TooLarge_Throws()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => log.AppendAsync(new byte[FileIngestLog.MaxBatchBytes + 1], 0, CancellationToken.None));
        Assert.Equal(1ul, await log.AppendAsync(new byte[FileIngestLog.MaxBatchBytes], 0, CancellationToken.None));
        Assert.Equal(FileIngestLog.MaxBatchBytes, (await ReadAllAsync(log)).Single().Batch.Length);
    }

    [Fact]
    public async Task AppendAsync_OverMaxBytes_RefusesUntilReleased()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(segmentBytes: 2048, maxBytes: 8192);
        LogUnavailableException? refusal = null;
        int taken = 0;
        while (refusal is null)
        {
            try
            {
                await log.AppendAsync(Payload(taken, 900), 0, CancellationToken.None);
                taken++;
            }
            catch (LogUnavailableException error)
            {
                refusal = error;
            }
        }

        Assert.Contains("MaxBytes", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(log.Status.Bytes, 6000, 8192);
        Assert.Equal((ulong)taken + 1, log.Status.NextSequence);
        log.Release((ulong)taken, 1);
        Assert.Equal((ulong)taken + 1, await log.AppendAsync(Payload(taken, 900), 0, CancellationToken.None));
    }

    [Fact]
    public async Task DisposeAsync_AppendsQueued_AreDurableAndLaterOnesThrow()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync(durability: LogDurability.Interval);
        Task<ulong>[] tasks = [.. Enumerable.Range(0, 100).Select(i => log.AppendAsync(Payload(i, 100), 0, CancellationToken.None))];
        await log.DisposeAsync();
        Assert.All(tasks, task => Assert.True(task.IsCompleted || task.Wait(TimeSpan.FromSeconds(5))));
        Assert.Equal(100ul, log.Status.DurableThrough);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => log.AppendAsync(Payload(1, 1), 0, CancellationToken.None));
        Assert.Throws<ObjectDisposedException>(() => log.Release(1, 1));
        await log.DisposeAsync();

        log = await fixture.OpenAsync();
        Assert.Equal(101ul, log.Status.NextSequence);
        Assert.Equal(100, (await ReadAllAsync(log)).Count);
    }

    [Fact]
    public async Task OpenAsync_WrongOptions_NamesAllMistakes()
    {
        IngestLogOptions options = new() { Directory = "", SegmentBytes = 1, MaxBytes = 0, SyncInterval = TimeSpan.Zero };
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => FileIngestLog.OpenAsync(options, TimeProvider.System, null, CancellationToken.None));
        Assert.All(["Directory:", "SegmentBytes:", "MaxBytes:", "SyncInterval:"], key => Assert.Contains(key, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenAsync_AlreadyOpen_IsRefusedAndSaysWhy()
    {
        await using LogFixture fixture = new();
        FileIngestLog log = await fixture.OpenAsync();
        LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => fixture.OpenAsync());
        Assert.Contains("open in another process", error.Message, StringComparison.Ordinal);
        await log.DisposeAsync();
        await fixture.OpenAsync();
    }
}
