using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Model;

public sealed class SampleBatchAllocationTests
{
    private const long Now = 1_767_000_000_000;
    private readonly byte[] _sketch = MakeSketch();
    private readonly TagSet _tags = TagSet.Of(("host", "a"), ("region", "eu"));
    private readonly byte[] _bytes = new byte[1 << 20];

    [Fact]
    public void Build_SteadyState_AllocatesNothing()
    {
        var batch = new SampleBatchBuilder();
        Fill(batch);
        batch.WriteTo(_bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            batch.Clear();
            Fill(batch);
            batch.WriteTo(_bytes);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Read_Any_AllocatesNothing()
    {
        var batch = new SampleBatchBuilder();
        Fill(batch);
        byte[] bytes = batch.ToArray();
        double sum = Sum(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            sum += Sum(bytes);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);
    }

    private void Fill(SampleBatchBuilder batch)
    {
        for (int i = 0; i < 1_000; i++)
        {
            batch.Add(Add(batch, "gauge"u8, MetricKind.Gauge), Now + i, i / 3.0);
            batch.Add(Add(batch, "timer"u8, MetricKind.Distribution), Now - i, i, 10);
            batch.AddMember(Add(batch, "users"u8, MetricKind.Set), Now, StableHash.Of(_tags.Canonical, (ulong)i));
            batch.AddHistogram(Add(batch, "histogram"u8, MetricKind.Histogram), Now, new HistogramTotals(1, 2, 2, 2), _sketch);
        }
    }

    private SeriesRef Add(SampleBatchBuilder batch, ReadOnlySpan<byte> name, MetricKind kind) =>
        batch.AddSeries(name, kind, default, _tags.Canonical, SeriesId.Of(name, _tags.Canonical));

    private static double Sum(ReadOnlySpan<byte> bytes)
    {
        double sum = 0;
        SampleBatch.TryRead(bytes, out SampleBatch batch);
        foreach (SliceLocation location in batch)
        {
            SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice);
            foreach (SampleSlice.SeriesEntry series in slice.Series)
            {
                sum += series.CanonicalTags.Length;
            }
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                sum += sample.UnixMs + sample.Sketch.Length;
            }
        }
        return sum;
    }

    private static byte[] MakeSketch()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(2);
        return sketch.ToArray();
    }
}
