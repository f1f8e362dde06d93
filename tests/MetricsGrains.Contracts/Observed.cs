using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Contracts;

/// <summary>A sample in few words.</summary>
/// <param name="Tags">"k:v,k:v"; empty: none.</param>
public readonly record struct Observed(string Metric, MetricKind Kind, string Tags, long UnixMs, double Value, double Weight = 1)
{
    public static Observed Counter(string metric, string tags, long unixMs, double value) => new(metric, MetricKind.Counter, tags, unixMs, value);

    public static Observed Gauge(string metric, string tags, long unixMs, double value) => new(metric, MetricKind.Gauge, tags, unixMs, value);

    /// <summary>The samples' batch: a slice for each metric and kind, series in the order in which they first come.</summary>
    public static byte[] Batch(params IEnumerable<Observed> samples)
    {
        SampleBatchBuilder builder = Builder(samples);
        return builder.ToArray();
    }

    public static SampleBatchBuilder Builder(params IEnumerable<Observed> samples)
    {
        var builder = new SampleBatchBuilder();
        var known = new Dictionary<(string, MetricKind, string), SeriesRef>();
        foreach (Observed sample in samples)
        {
            if (!known.TryGetValue((sample.Metric, sample.Kind, sample.Tags), out SeriesRef series))
            {
                byte[] name = Encoding.UTF8.GetBytes(sample.Metric);
                TagSet tags = TagsOf(sample.Tags);
                series = builder.AddSeries(name, sample.Kind, [], tags.Canonical, SeriesId.Of(name, tags.Canonical));
                known.Add((sample.Metric, sample.Kind, sample.Tags), series);
            }
            builder.Add(series, sample.UnixMs, sample.Value, sample.Weight);
        }
        return builder;
    }

    public static TagSet TagsOf(string tags) => TagSet.Of(tags.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(t => (t.Split(':')[0], t.Split(':')[1])));
}
