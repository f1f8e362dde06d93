using System.Collections.Concurrent;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Storage.Tests.Wal;

/// <summary>A log in a directory of its own, deleted afterwards.</summary>
public sealed class LogFixture : IAsyncDisposable
{
    private readonly List<FileIngestLog> _opened = [];

    internal FaultyFiles Files { get; } = new();

    internal ManualTime Time { get; } = new();

    public ConcurrentQueue<LogEvent> Events { get; } = new();

    public string Directory { get; } = Path.Combine(Path.GetTempPath(), "metricsgrains-wal-" + Guid.NewGuid().ToString("N"));

    public string[] Segments => [.. System.IO.Directory.GetFiles(Directory, "*.wal").Order(StringComparer.Ordinal)];

    public async Task<FileIngestLog> OpenAsync(
        long segmentBytes = 1 << 20, long maxBytes = 1 << 30, LogDurability durability = LogDurability.Fsync, CorruptionPolicy policy = CorruptionPolicy.Skip)
    {
        IngestLogOptions options = new()
        {
            Directory = Directory, SegmentBytes = segmentBytes, MaxBytes = maxBytes, Durability = durability, OnCorruption = policy,
        };
        FileIngestLog log = await FileIngestLog.OpenAsync(options, Time, Events.Enqueue, Files, CancellationToken.None);
        _opened.Add(log);
        return log;
    }

    /// <summary>Copies the directory as it is now: what another process would find had this one been killed.</summary>
    public LogFixture Copy()
    {
        LogFixture copy = new();
        System.IO.Directory.CreateDirectory(copy.Directory);
        foreach (string path in System.IO.Directory.GetFiles(Directory))
        {
            if (Path.GetFileName(path) != "lock") File.Copy(path, Path.Combine(copy.Directory, Path.GetFileName(path)));
        }

        return copy;
    }

    /// <summary>A payload that tells its number and is never all the same byte.</summary>
    public static byte[] Payload(int number, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)((number * 31) + i);
        return bytes;
    }

    public static async Task<List<(ulong Sequence, byte[] Batch)>> ReadAllAsync(FileIngestLog log, ulong from = 0)
    {
        List<(ulong, byte[])> records = [];
        await foreach (LogRecord record in log.ReadAsync(from, CancellationToken.None)) records.Add((record.Sequence, record.Batch.ToArray()));
        return records;
    }

    public static async Task<ulong[]> SequencesAsync(FileIngestLog log, ulong from = 0) => [.. (await ReadAllAsync(log, from)).Select(record => record.Sequence)];

    public static async Task EventuallyAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!condition()) await Task.Delay(2, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (FileIngestLog log in _opened) await log.DisposeAsync();
        if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
    }
}
