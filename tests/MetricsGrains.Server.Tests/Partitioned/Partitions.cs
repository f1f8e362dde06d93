using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>What is in a log's records.</summary>
internal static class Partitions
{
    public static async Task<double> SumAsync(IRecordLog log, ulong from)
    {
        double sum = 0;
        await foreach (LogRecord record in log.ReadAsync(from, CancellationToken.None))
        {
            sum += SumOf(record.Batch.Span);
        }
        return sum;
    }

    public static async Task<ulong[]> SequencesAsync(IRecordLog log, ulong from)
    {
        var sequences = new List<ulong>();
        await foreach (LogRecord record in log.ReadAsync(from, CancellationToken.None))
        {
            sequences.Add(record.Sequence);
        }
        return [.. sequences];
    }

    private static double SumOf(ReadOnlySpan<byte> bytes)
    {
        double sum = 0;
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch batch));
        foreach (SliceLocation location in batch)
        {
            Assert.True(SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice));
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                sum += sample.Value;
            }
        }
        return sum;
    }
}
