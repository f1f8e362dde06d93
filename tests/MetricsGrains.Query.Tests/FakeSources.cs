using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests;

/// <summary>A sample as both sources keep it.</summary>
internal readonly record struct Point(long UnixMs, double Value, string Tags = "");

/// <summary>A metric's samples, answered by the rules that grains and stores share.</summary>
internal sealed class Samples(MetricKind kind)
{
    public List<Point> Points { get; } = [];

    public AggregateFrame Frame(AggregateQuery query)
    {
        var frame = new FrameBuilder(query);
        foreach (Point point in Points)
        {
            TagSet tags = Tags(point.Tags);
            if (frame.Matches(tags) && frame.GroupOf(tags).PointAt(point.UnixMs) is { } bucket)
            {
                bucket.Aggregate.Add(point.UnixMs, point.Value, 1);
                bucket.Aggregate.Increase += kind == MetricKind.Counter ? point.Value : 0;
                if (query.Sketch == SketchNeed.Yes && MetricKinds.HasSketch(kind))
                {
                    (bucket.Sketch ??= new ExponentialSketch()).Add(point.Value);
                }
                if (query.Sketch == SketchNeed.Yes && kind == MetricKind.Set)
                {
                    (bucket.Distinct ??= new HyperLogLog()).Add(StableHash.Of(BitConverter.GetBytes(point.Value)));
                }
            }
        }
        return frame.Build();
    }

    public static TagSet Tags(string tags) => TagSet.Of(tags.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(t => (t.Split(':')[0], t.Split(':')[1])));
}

/// <summary>What memory knows: of each metric its samples, and from when on it knows them all.</summary>
internal sealed class FakeMemory : IGrains
{
    public Dictionary<string, (MetricKind Kind, Samples Samples, long CompleteFromMs)> Metrics { get; } = [];

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel)
    {
        if (!Metrics.TryGetValue(metric, out (MetricKind Kind, Samples Samples, long CompleteFromMs) m))
        {
            return default;
        }
        long newest = m.Samples.Points.Count == 0 ? long.MinValue : m.Samples.Points.Max(p => p.UnixMs);
        long complete = Resolution.Ceiling(m.CompleteFromMs, Resolution.OneMinute);
        AggregateQuery inMemory = query with { FromMs = Math.Max(query.FromMs, Math.Min(complete, query.ToMs)) };
        return new(new MetricAnswer(m.Kind, "", m.Samples.Frame(inMemory), complete, newest, m.Samples.Points.Count));
    }

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => throw new InvalidOperationException("nothing is pending here");

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => new(Metrics.ContainsKey(metric) ? Summary(metric) : null);

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) =>
        new([.. Metrics.Keys.Where(n => n.Contains(contains, StringComparison.OrdinalIgnoreCase) && string.CompareOrdinal(n, after) > 0).Order(StringComparer.Ordinal).Take(limit).Select(Summary)]);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        new(Metrics.TryGetValue(metric, out (MetricKind Kind, Samples Samples, long CompleteFromMs) m) ? [.. m.Samples.Points.Select(p => new ActiveSeries(default, Samples.Tags(p.Tags), p.UnixMs)).Take(limit)] : []);

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    private MetricSummary Summary(string name)
    {
        (MetricKind kind, Samples samples, long _) = Metrics[name];
        return new MetricSummary(name, kind, "", samples.Points.Select(p => p.Tags).Distinct().Count(), 0, 0, null, 0, samples.Points.Select(p => p.UnixMs).DefaultIfEmpty(long.MinValue).Max(), 0);
    }
}

/// <summary>What the store knows, and what it was asked for. Rows of a resolution can't be cut, which it insists on.</summary>
internal sealed class FakeStore : IRollupStore, IRawStore
{
    public Dictionary<string, (MetricKind Kind, Samples Samples)> Metrics { get; } = [];

    public List<(long FromMs, long ToMs, StoredResolution? Resolution)> Reads { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>How much later than its newest row a metric was last seen, ms: of a minute that is not over there is no row.</summary>
    public long SeenLaterMs { get; set; }

    public Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel)
    {
        long length = resolution switch { StoredResolution.OneMinute => Resolution.OneMinute, StoredResolution.OneHour => Resolution.OneHour, _ => Resolution.OneDay };
        Assert.Equal((0, 0, 0), (query.StepMs % length, query.FromMs % length, query.ToMs % length));
        Reads.Add((query.FromMs, query.ToMs, resolution));
        return Task.FromResult(Metrics.TryGetValue(metric, out (MetricKind Kind, Samples Samples) m) ? m.Samples.Frame(query) : null);
    }

    public Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel)
    {
        Reads.Add((query.FromMs, query.ToMs, null));
        return Task.FromResult(Metrics.TryGetValue(metric, out (MetricKind Kind, Samples Samples) m) ? m.Samples.Frame(query) : null);
    }

    public Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel) =>
        Failure is null ? Task.FromResult(Metrics.ContainsKey(metric) ? Stored(metric) : null) : Task.FromException<StoredMetric?>(Failure);

    public Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<StoredMetric>>([.. Metrics.Keys.Where(n => n.Contains(contains, StringComparison.OrdinalIgnoreCase) && string.CompareOrdinal(n, after) > 0).Order(StringComparer.Ordinal).Take(limit).Select(Stored)]);

    public Task<IReadOnlyList<SeriesDefinition>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<SeriesDefinition>>(Metrics.TryGetValue(metric, out (MetricKind Kind, Samples Samples) m) ? [.. m.Samples.Points.Select(p => new SeriesDefinition(default, metric, m.Kind, "", Samples.Tags(p.Tags), p.UnixMs, p.UnixMs)).Take(limit)] : []);

    public Task OpenAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<int> DeriveAsync(long nowMs, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<StoreStatus> StatusAsync(CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    private StoredMetric Stored(string name)
    {
        (MetricKind kind, Samples samples) = Metrics[name];
        return new StoredMetric(name, kind, "", samples.Points.Select(p => p.Tags).Distinct().Count(), samples.Points.Select(p => p.UnixMs).DefaultIfEmpty(0).Max() + SeenLaterMs);
    }
}

/// <summary>A clock that stands.</summary>
internal sealed class StandingTime(long unixMs) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
}
