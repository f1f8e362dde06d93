using MetricsGrains.Core.Ports;

namespace MetricsGrains.Contracts;

/// <summary>A log in memory whose records have the numbers that the test gives them.</summary>
public sealed class RecordLog : IRecordLog
{
    private readonly SortedDictionary<ulong, byte[]> _records = [];

    public LogStatus Status => throw new InvalidOperationException("not asked here");

    public void Put(ulong sequence, ReadOnlyMemory<byte> batch)
    {
        lock (_records)
        {
            _records.TryAdd(sequence, batch.ToArray());
        }
    }

    public async IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        KeyValuePair<ulong, byte[]>[] records;
        lock (_records)
        {
            records = [.. _records.Where(r => r.Key >= fromSequence)];
        }
        foreach ((ulong sequence, byte[] batch) in records)
        {
            await Task.Yield();
            yield return new LogRecord(sequence, batch);
        }
    }
}
