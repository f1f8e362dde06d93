using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Model;

/// <summary>Fills batches at random and tells in lines of text what is in one, so that two can be compared and shown.</summary>
internal static class RandomBatch
{
    public static void Fill(SampleBatchBuilder batch, Random random, out List<string> expected)
    {
        int metrics = random.Next(1, 5);
        var lines = new List<string>[metrics];
        var series = new (SeriesRef Ref, MetricKind Kind, int Metric, int Index)[random.Next(1, 8)];
        int[] count = new int[metrics];
        for (int i = 0; i < series.Length; i++)
        {
            // The first series touch the metrics in order, so that slices come in the order of the lines.
            int metric = i < metrics ? i : random.Next(metrics);
            metric = Math.Min(metric, Math.Min(i, metrics - 1));
            var kind = (MetricKind)((metric % 6) + 1);
            byte[] name = Encoding.UTF8.GetBytes($"metric.{metric}");
            TagSet tags = i % 3 == 0 ? TagSet.Empty : TagSet.Of(("host", $"h{random.Next(5)}"), ("région", "é"));
            SeriesRef added = batch.AddSeries(name, kind, metric == 0 ? "ms"u8 : default, tags.Canonical, SeriesId.Of(name, tags.Canonical));
            lines[metric] ??= [$"slice metric.{metric} {kind} '{(metric == 0 ? "ms" : "")}'"];
            lines[metric].Insert(1 + count[metric], $"series {SeriesId.Of(name, tags.Canonical)} {tags}");
            series[i] = (added, kind, metric, count[metric]++);
        }
        for (int i = random.Next(60); i > 0; i--)
        {
            var (to, kind, metric, index) = series[random.Next(series.Length)];
            lines[metric].Add(AddSample(batch, random, to, kind, index));
        }
        expected = [.. lines.Where(l => l is not null).SelectMany(l => l)];
    }

    /// <summary>Everything a reader gets out of the bytes.</summary>
    public static List<string> Read(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<string>();
        if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
        {
            return lines;
        }
        foreach (SliceLocation location in batch)
        {
            if (!SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice))
            {
                continue;
            }
            lines.Add($"slice {Encoding.UTF8.GetString(slice.Name)} {slice.Kind} '{Encoding.UTF8.GetString(slice.Unit)}'");
            foreach (SampleSlice.SeriesEntry series in slice.Series)
            {
                lines.Add($"series {series.Id} {TagSet.FromCanonical(series.CanonicalTags)}");
            }
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                lines.Add(slice.Kind == MetricKind.Histogram
                    ? Line(sample.Series, sample.UnixMs, sample.Totals, sample.Sketch)
                    : Line(sample.Series, sample.UnixMs, sample.Value, sample.Weight));
            }
        }
        return lines;
    }

    public static List<long> Times(ReadOnlySpan<byte> bytes)
    {
        var times = new List<long>();
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch batch));
        foreach (SliceLocation location in batch)
        {
            Assert.True(SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice));
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                times.Add(sample.UnixMs);
            }
        }
        return times;
    }

    private static string AddSample(SampleBatchBuilder batch, Random random, SeriesRef to, MetricKind kind, int index)
    {
        long ms = random.Next(10) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : 1_767_000_000_000 + random.Next(-100_000, 100_000);
        if (kind == MetricKind.Histogram)
        {
            var sketch = new ExponentialSketch();
            double value = random.NextDouble() * 100;
            sketch.Add(value, random.Next(1, 1000));
            var totals = new HistogramTotals(sketch.Count, value * sketch.Count, value, value);
            batch.AddHistogram(to, ms, in totals, sketch.ToArray());
            return Line(index, ms, totals, sketch.ToArray());
        }
        double any = random.Next(4) switch
        {
            0 => random.Next(int.MinValue, int.MaxValue),
            1 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
            2 => Math.Round(random.NextDouble() * 100, 2),
            _ => random.Next(-2, 3),
        };
        double weight = random.Next(3) == 0 ? random.NextDouble() * 10 : 1;
        batch.Add(to, ms, any, weight);
        return Line(index, ms, any, weight);
    }

    private static string Line(int series, long ms, double value, double weight) => $"{series} @{ms} {BitConverter.DoubleToUInt64Bits(value):X16} x{weight:R}";

    private static string Line(int series, long ms, HistogramTotals totals, ReadOnlySpan<byte> sketch) => $"{series} @{ms} {totals} {Convert.ToHexString(sketch)}";
}
