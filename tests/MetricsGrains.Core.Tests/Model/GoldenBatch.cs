using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Model;

/// <summary>One batch with everything in it that the format knows, and its bytes in each version.</summary>
internal static class GoldenBatch
{
    public const string Version1 = "GOLDEN";

    public static readonly string[] Contents = ["CONTENTS"];

    private const long Now = 1_767_000_000_000;

    public static byte[] Build()
    {
        var batch = new SampleBatchBuilder();
        batch.SetIdempotencyKey([.. Enumerable.Range(0xA0, SampleBatchFormat.KeyBytes).Select(i => (byte)i)]);
        TagSet api = TagSet.Of(("service", "api"));
        SeriesRef gauge = Add(batch, "temp"u8, MetricKind.Gauge, "C"u8, TagSet.Empty);
        batch.Add(gauge, Now, 21);
        batch.Add(gauge, Now - 1, -0.0);
        SeriesRef other = Add(batch, "temp"u8, MetricKind.Gauge, "C"u8, api);
        batch.Add(other, Now + 500, BitConverter.UInt64BitsToDouble(StaleMarker.Bits));
        SeriesRef latency = Add(batch, "ms"u8, MetricKind.Distribution, default, api);
        batch.Add(latency, Now, 12.5, 10);
        batch.Add(latency, Now, -3, 2);
        batch.AddMember(Add(batch, "users"u8, MetricKind.Set, default, TagSet.Empty), Now, 0x0123456789ABCDEF);
        var sketch = new ExponentialSketch();
        sketch.Add(1);
        sketch.Add(0, 2);
        batch.AddHistogram(Add(batch, "h"u8, MetricKind.Histogram, default, TagSet.Empty), Now, new HistogramTotals(3, 1, 0, 1), sketch.ToArray());
        return batch.ToArray();
    }

    private static SeriesRef Add(SampleBatchBuilder batch, ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit, TagSet tags) =>
        batch.AddSeries(name, kind, unit, tags.Canonical, SeriesId.Of(name, tags.Canonical));
}
