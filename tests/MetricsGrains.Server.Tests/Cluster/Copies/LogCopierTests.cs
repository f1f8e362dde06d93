using System.Collections.Concurrent;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Cluster.Copies;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster.Copies;

public sealed class LogCopierTests : IAsyncLifetime
{
    private static readonly CopyTimings s_timings = new()
    {
        Call = TimeSpan.FromSeconds(5), Retry = TimeSpan.FromMilliseconds(5), Beat = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromMilliseconds(500),
        Avoid = TimeSpan.FromMilliseconds(200), Drop = TimeSpan.FromMilliseconds(50), End = TimeSpan.FromMilliseconds(300),
    };

    private readonly int _seed = Random.Shared.Next(100_000);
    private readonly string _folder = Directory.CreateTempSubdirectory("mg-copies-").FullName;
    private readonly CopyNet _net;
    private FileIngestLog _log = null!;

    public LogCopierTests() => _net = new CopyNet(_seed, _folder);

    public async Task InitializeAsync() => _log = await FileIngestLog.OpenAsync(new IngestLogOptions { Directory = Path.Combine(_folder, "log"), SegmentBytes = 4_096 }, TimeProvider.System, null, CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _net.DisposeAsync();
        await _log.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Copy_NoOtherSiloIsUp_WaitsAndRefusesUntilOneIs()
    {
        await using LogCopier copier = Start();
        Task<ulong> waiting = AppendAsync(copier, 1);
        Assert.Contains("Durability=Replicated", copier.Refusal, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => copier.Refusal!.Contains("no other silo is up", StringComparison.Ordinal), "it says why");
        Assert.False(waiting.IsCompleted);

        SiloId silo = _net.Start("a");
        Assert.Equal(1UL, await waiting);
        Assert.Null(copier.Refusal);
        await _net.StopAsync(silo);
        await Eventually.TrueAsync(() => copier.Refusal is not null, "it refuses without a copy");
    }

    [Fact]
    public async Task Copy_RecordsThatTheLogHadBefore_AreCopiedAsFarAsTheyAreNeeded()
    {
        for (int i = 1; i <= 50; i++)
        {
            await _log.AppendAsync(Batch(i), i, CancellationToken.None);
        }
        _net.Start("a");
        await using LogCopier copier = Start();
        copier.Release(21);
        await AppendAsync(copier, 51);
        Assert.Equal(51UL, copier.CopiedThrough);
        await _net.DisposeAsync();
        Assert.Equal(Enumerable.Range(21, 31).Select(i => (ulong)i), (await ReadAsync()).Keys.Order());
    }

    [Fact]
    public async Task Copy_RecordsNobodyNeeds_AreLetGoOf()
    {
        _net.Start("a");
        await using LogCopier copier = Start();
        for (int i = 1; i <= 40; i++)
        {
            await AppendAsync(copier, i);
        }
        copier.Release(41);
        await AppendAsync(copier, 41);
        await AppendAsync(copier, 42);
        await _net.DisposeAsync();
        // Whole segments go: of the one that was being written a few stay.
        Assert.InRange((await ReadAsync()).Count, 2, 10);
    }

    [Fact]
    public async Task Copy_SilosComeAndGoAndCallsAreLost_WhatIsAcknowledgedIsInTheNewestWholeCopy()
    {
        const int records = 600;
        var acknowledged = new ConcurrentDictionary<ulong, int>();
        await using (LogCopier copier = Start())
        {
            var up = new Dictionary<string, SiloId> { ["a"] = _net.Start("a"), ["b"] = _net.Start("b"), ["c"] = _net.Start("c") };
            var random = new Random(_seed);
            _net.Loss = 5;
            var sent = new List<Task>();
            for (int i = 1; i <= records; i++)
            {
                byte[] batch = Batch(i);
                ulong sequence = await _log.AppendAsync(batch, i, CancellationToken.None);
                sent.Add(NoteAsync(copier.CopyAsync(new LogRecord(sequence, batch)), sequence, i));
                if (i % 100 == 0)
                {
                    string place = up.Keys.ElementAt(random.Next(up.Count));
                    if (up.Remove(place, out SiloId silo))
                    {
                        await _net.StopAsync(silo);
                    }
                    if (up.Count < 2)
                    {
                        foreach (string gone in (string[])["a", "b", "c"])
                        {
                            up.TryAdd(gone, up.ContainsKey(gone) ? up[gone] : _net.Start(gone));
                        }
                    }
                }
                if (i % 20 == 0)
                {
                    await Task.Delay(random.Next(20));
                }
            }
            // Whatever happened: those that are in doubt are copied as soon as a silo takes them.
            await Task.WhenAll(sent);
            _net.Loss = 0;
            await AppendAsync(copier, records + 1);
            if (up.Count > 1)
            {
                await Eventually.TrueAsync(() => up.Keys.Count(p => _net.CopiesOf(p) > 0) == 1, $"the silos that are up have dropped old copies, seed {_seed}");
            }
        }
        await _net.DisposeAsync();
        Dictionary<ulong, int> copy = await ReadAsync();
        Assert.Equal(records, acknowledged.Count);
        Assert.All(acknowledged, a => Assert.True(copy.TryGetValue(a.Key, out int content) && content == a.Value, $"record {a.Key} is not in the copy, seed {_seed}"));

        async Task NoteAsync(Task copied, ulong sequence, int content)
        {
            await copied;
            acknowledged[sequence] = content;
        }
    }

    [Fact]
    public async Task Copy_TheSiloStartsAgain_ItsCopyIsBegunAnewAndReplacesTheOldOne()
    {
        _net.Start("a");
        await using (LogCopier first = Start())
        {
            await AppendAsync(first, 1);
        }
        string old = _net.NewestWholeCopy;
        await using (LogCopier second = Start())
        {
            await AppendAsync(second, 2);
        }
        Assert.NotEqual(old, _net.NewestWholeCopy);
        Assert.Equal(1, _net.CopiesOf("a"));
        await _net.DisposeAsync();
        Assert.Equal([1UL, 2UL], (await ReadAsync()).Keys.Order());
    }

    [Fact]
    public async Task End_WithoutACopy_GivesUpAndSaysWhatBecomesOfIt()
    {
        await using LogCopier copier = Start();
        Task<ulong> waiting = AppendAsync(copier, 1);
        await copier.EndAsync();
        Assert.Contains("Idempotency-Key", (await Assert.ThrowsAsync<LogCopyException>(() => waiting)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogCopyException>(() => AppendAsync(copier, 2));
    }

    [Fact]
    public async Task Keep_RecordsThatDoNotFollow_AreNotTaken()
    {
        SiloId silo = _net.Start("a");
        Assert.Equal(new CopyAnswer(0, 0), await Ask(0, 0, false, false));
        Assert.Equal(new CopyAnswer(0, 0), await Ask(5, 0, false, false, 1));
        Assert.Equal(new CopyAnswer(5, 3), await Ask(5, 3, true, false));
        Assert.Equal(new CopyAnswer(5, 7), await Ask(5, 3, false, true, 4, 7));
        Assert.Equal(new CopyAnswer(5, 7), await Ask(5, 8, false, true, 9));
        Assert.Equal(new CopyAnswer(5, 7), await Ask(4, 7, true, true, 8));
        Assert.Equal(new CopyAnswer(6, 8), await Ask(6, 7, true, false, 8));
        Assert.Equal(2, _net.CopiesOf("a"));
        Assert.Equal(new CopyAnswer(6, 9), await Ask(6, 8, false, true, 9));
        Assert.Equal(1, _net.CopiesOf("a"));
        await _net.DropCopiesAsync(silo, CopyNet.Origin, 7, CancellationToken.None);
        Assert.Equal(0, _net.CopiesOf("a"));
        Assert.Equal(new CopyAnswer(0, 0), await Ask(0, 0, false, false));

        Task<CopyAnswer> Ask(ulong generation, ulong previous, bool begins, bool isWhole, params ulong[] sequences) => _net.CopyAsync(
            silo, new CopyRequest(CopyNet.Origin, generation, previous, 0, begins, isWhole, [.. sequences.Select(s => new LogRecord(s, Batch((int)s)))]), CancellationToken.None);
    }

    [Fact]
    public void Find_CopiesOfAnOrigin_TakesTheNewestThatIsWhole()
    {
        foreach ((ulong generation, bool isWhole) in ((ulong, bool)[])[(1, true), (3, false), (2, true)])
        {
            string copy = CopyLabel.FolderOf(_folder, CopyNet.Origin, generation);
            Directory.CreateDirectory(copy);
            new CopyLabel(CopyNet.Origin, generation, isWhole).Write(copy);
        }
        string origin = CopyLabel.FolderOf(_folder, CopyNet.Origin);
        Assert.Equal((CopyLabel.FolderOf(_folder, CopyNet.Origin, 2), new CopyLabel(CopyNet.Origin, 2, true)), CopyLabel.Find(origin));
        Assert.Null(CopyLabel.Find(Path.Combine(_folder, "log")));
        Assert.Contains("never was whole", Assert.Throws<IOException>(() => CopyLabel.Find(CopyLabel.FolderOf(_folder, CopyNet.Origin, 3))).Message, StringComparison.Ordinal);
    }

    private static byte[] Batch(int content) => [.. BitConverter.GetBytes(content), .. new byte[400]];

    private LogCopier Start()
    {
        var copier = new LogCopier(CopyNet.Origin, _log, _net, CopyNet.Self, s_timings, TimeProvider.System, NullLogger<LogCopier>.Instance);
        copier.Start();
        return copier;
    }

    private async Task<ulong> AppendAsync(LogCopier copier, int content)
    {
        byte[] batch = Batch(content);
        ulong sequence = await _log.AppendAsync(batch, content, CancellationToken.None);
        await copier.CopyAsync(new LogRecord(sequence, batch) { NewestMs = content });
        return sequence;
    }

    /// <summary>What somebody would find who recovers the log out of its copies.</summary>
    private async Task<Dictionary<ulong, int>> ReadAsync()
    {
        await using FileIngestLog copy = await FileIngestLog.OpenAsync(new IngestLogOptions { Directory = CopyLabel.LogOf(_net.NewestWholeCopy) }, TimeProvider.System, null, CancellationToken.None);
        var content = new Dictionary<ulong, int>();
        await foreach (LogRecord record in copy.ReadAsync(0, CancellationToken.None))
        {
            content.Add(record.Sequence, BitConverter.ToInt32(record.Batch.Span));
        }
        return content;
    }
}
