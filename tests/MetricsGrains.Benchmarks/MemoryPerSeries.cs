using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Benchmarks;

/// <summary>What many series with a full hour of 10-second windows cost, by kind. All objects of the grain are counted: windows, tags, lookup tables.</summary>
internal static class MemoryPerSeries
{
    private const long Start = 1_776_416_400_000;

    private static int Series { get; set; }

    /// <param name="series">Of each kind.</param>
    public static void Run(int series)
    {
        Series = series;
        Console.WriteLine($"{"kind",-20} {"samples/window",14} {"values",-22} {"bytes/series",12}");
        Measure(MetricKind.Gauge, 1, "random doubles", static r => r.NextDouble() * 100);
        Measure(MetricKind.Gauge, 1, "two decimals", static r => Math.Round(r.NextDouble() * 100, 2));
        Measure(MetricKind.Gauge, 10, "integers to 1,000", static r => r.Next(1000));
        Measure(MetricKind.Gauge, 10, "random doubles", static r => r.NextDouble() * 100);
        Measure(MetricKind.Counter, 1, "integers to 1,000", static r => r.Next(1000));
        Measure(MetricKind.Counter, 10, "ones", static _ => 1);
        Measure(MetricKind.CumulativeCounter, 1, "rising by up to 1,000", null);
        Measure(MetricKind.Distribution, 1, "log-normal", LogNormal);
        Measure(MetricKind.Distribution, 10, "log-normal", LogNormal);
        Measure(MetricKind.Set, 1, "1,000 members", static r => BitConverter.UInt64BitsToDouble(StableHash.Of(Encoding.UTF8.GetBytes($"{r.Next(1000)}"))));
        Measure(MetricKind.Histogram, 1, "10 observations each", static r => r.NextDouble());
    }

    private static double LogNormal(Random r) => 100 * Math.Exp(0.5 * Math.Sqrt(-2 * Math.Log(1 - r.NextDouble())) * Math.Cos(Math.Tau * r.NextDouble()));

    private static void Measure(MetricKind kind, int perWindow, string values, Func<Random, double>? next)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var options = new MetricGrainOptions { MaxSeries = Series };
        var grain = new MetricGrain("bench.memory", kind, "", options, [], long.MinValue, Start, new TagSetPool(), new WindowSealer());
        Fill(grain, kind, perWindow, next);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"{MetricKinds.NameOf(kind),-20} {perWindow,14} {values,-22} {(after - before) / (double)Series,12:0}");
        GC.KeepAlive(grain);
    }

    private static void Fill(MetricGrain grain, MetricKind kind, int perWindow, Func<Random, double>? next)
    {
        var random = new Random(1);
        var batch = new SampleBatchBuilder();
        var refusals = new List<Refusal>();
        byte[] name = "bench.memory"u8.ToArray();
        byte[][] tags = [.. Enumerable.Range(0, Series).Select(i => TagSet.Of(("host", $"ip-10-0-{i / 256}-{i % 256}"), ("env", "production")).Canonical.ToArray())];
        SeriesId[] ids = [.. tags.Select(t => SeriesId.Of(name, t))];
        double[] totals = new double[Series];
        for (int window = 0; window < 360; window++)
        {
            long at = Start + (window * Resolution.TenSeconds);
            batch.Clear();
            for (int i = 0; i < Series; i++)
            {
                SeriesRef series = batch.AddSeries(name, kind, [], tags[i], ids[i]);
                for (int n = 0; n < perWindow; n++)
                {
                    long ms = at + (n * 10_000 / perWindow);
                    if (kind == MetricKind.Histogram)
                    {
                        AddHistogram(batch, series, ms, random);
                    }
                    else
                    {
                        batch.Add(series, ms, next?.Invoke(random) ?? (totals[i] += random.Next(1000)));
                    }
                }
            }
            byte[] bytes = batch.ToArray();
            SampleBatch.TryRead(bytes, out SampleBatch read);
            foreach (SliceLocation location in read)
            {
                SampleSlice.TryRead(bytes.AsSpan(location.Offset, location.Length), out SampleSlice slice);
                grain.Append(in slice, 0, new BatchOrigin("", 0), at, refusals);
            }
            long now = at + 9_999;
            if (grain.TakeFlush(now) is not null)
            {
                grain.ConfirmFlush();
            }
            grain.Tick(now);
        }
    }

    private static void AddHistogram(SampleBatchBuilder batch, SeriesRef series, long ms, Random random)
    {
        var sketch = new ExponentialSketch();
        double sum = 0, min = double.MaxValue, max = 0;
        for (int i = 0; i < 10; i++)
        {
            double value = LogNormal(random);
            sketch.Add(value);
            sum += value;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }
        batch.AddHistogram(series, ms, new HistogramTotals(10, sum, min, max), sketch.ToArray());
    }
}
