using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>Makes grains and hands batches to them as a host would.</summary>
internal static class GrainFeed
{
    public const string Metric = "shop.requests";

    /// <summary>A round Tuesday, so that failures are easy to read.</summary>
    public const long Start = 1_767_000_000_000 - (1_767_000_000_000 % Resolution.OneHour);

    public static MetricGrain NewGrain(MetricKind kind, long nowMs, MetricGrainOptions? options = null, IReadOnlyList<FlushCursor>? cursors = null) =>
        new(Metric, kind, "", options ?? new MetricGrainOptions(), cursors ?? [], long.MinValue, nowMs, new TagSetPool(), new WindowSealer());

    public static byte[] BatchOf(MetricKind kind, IReadOnlyList<TagSet> tags, IEnumerable<Observation> observations)
    {
        var batch = new SampleBatchBuilder();
        var refs = new Dictionary<int, SeriesRef>();
        foreach (Observation o in observations)
        {
            if (!refs.TryGetValue(o.Series, out SeriesRef series))
            {
                refs.Add(o.Series, series = AddSeries(batch, kind, tags[o.Series]));
            }
            o.AddTo(batch, series);
        }
        return batch.ToArray();
    }

    public static SeriesRef AddSeries(SampleBatchBuilder batch, MetricKind kind, TagSet tags, string metric = Metric)
    {
        byte[] name = Encoding.UTF8.GetBytes(metric);
        return batch.AddSeries(name, kind, default, tags.Canonical, SeriesId.Of(name, tags.Canonical));
    }

    public static AppendResult Append(MetricGrain grain, ReadOnlySpan<byte> batch, BatchOrigin origin, long nowMs)
    {
        var refusals = new List<Refusal>();
        long accepted = 0;
        Assert.True(SampleBatch.TryRead(batch, out SampleBatch read));
        foreach (SliceLocation location in read)
        {
            Assert.True(SampleSlice.TryRead(batch.Slice(location.Offset, location.Length), out SampleSlice slice));
            accepted += grain.Append(in slice, location.Index, origin, nowMs, refusals);
        }
        return new AppendResult(accepted, refusals);
    }

    /// <summary>One unlogged sample of the series with these tags.</summary>
    public static AppendResult Send(MetricGrain grain, TagSet tags, long ms, double value, long nowMs, double weight = 1)
    {
        var batch = new SampleBatchBuilder();
        batch.Add(AddSeries(batch, grain.Kind, tags), ms, value, weight);
        return Append(grain, batch.ToArray(), default, nowMs);
    }

    /// <summary>The points of everything as one group.</summary>
    public static IReadOnlyList<AggregatePoint> Points(MetricGrain grain, long fromMs, long toMs, long stepMs, long nowMs)
    {
        AggregateFrame frame = grain.Query(new AggregateQuery(fromMs, toMs, stepMs, [], [], SketchNeed.Yes), nowMs).Frame;
        return frame.Groups.Count == 0 ? [] : Assert.Single(frame.Groups).Points;
    }
}
