using System.Runtime.InteropServices;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Hashes of rows, the same for a row in either store: over what PostgreSQL can hold, so of times to the microsecond of its range, and one NaN.</summary>
internal static class RowHash
{
    public static ulong OfRollup(long metricId, long bucketMs, long seriesId, long seq, in WindowAggregate aggregate, StoredPercentiles? percentiles, ReadOnlySpan<byte> sketch)
    {
        StoredPercentiles known = percentiles ?? new StoredPercentiles(double.NaN, double.NaN, double.NaN);
        Span<long> columns =
        [
            metricId, Time(bucketMs), seriesId, seq, Bits(aggregate.Count), Bits(aggregate.Sum), Bits(aggregate.Min), Bits(aggregate.Max), Bits(aggregate.Last),
            Time(aggregate.LastAt), Bits(aggregate.Increase), Bits(known.P50), Bits(known.P95), Bits(known.P99), sketch.Length,
        ];
        return StableHash.Of(MemoryMarshal.AsBytes(columns), StableHash.Of(sketch));
    }

    /// <summary>Of one raw sample. Blocks are cut differently in the two stores; the samples and their order of writing are the same.</summary>
    /// <param name="value">Taken bit for bit: a set's values are hashes, which may look like any NaN.</param>
    public static ulong OfSample(long metricId, long seriesId, long seq, long unixMs, double value, double weight)
    {
        Span<long> columns = [metricId, seriesId, seq, Time(unixMs), BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(weight)];
        return StableHash.Of(MemoryMarshal.AsBytes(columns));
    }

    public static ulong OfAnnotation(long atMs, ReadOnlySpan<byte> id, ReadOnlySpan<string> texts, ReadOnlySpan<byte> canonical) =>
        StableHash.Of(canonical, StableHash.Of(id, Of([Time(atMs)], texts)));

    public static ulong Of(ReadOnlySpan<long> columns, params ReadOnlySpan<string> texts)
    {
        ulong hash = StableHash.Of(MemoryMarshal.AsBytes(columns));
        foreach (string text in texts)
        {
            hash = StableHash.Of(System.Text.Encoding.UTF8.GetBytes(PgText.Of(text)), hash);
        }
        return hash;
    }

    public static ulong Of(ReadOnlySpan<long> columns, ReadOnlySpan<byte> bytes) => StableHash.Of(bytes, StableHash.Of(MemoryMarshal.AsBytes(columns)));

    public static long Time(long unixMs) => PgTime.FromUnixMs(unixMs);

    private static long Bits(double value) => BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? double.NaN : value);
}
