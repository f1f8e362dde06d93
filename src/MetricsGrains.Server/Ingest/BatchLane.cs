using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Ingest;

/// <summary>A batch being filled and the cache of the series that go into it. Not thread-safe.</summary>
internal class BatchLane(int cacheCapacity)
{
    private readonly SeriesCache _cache = new(cacheCapacity);

    public SampleBatchBuilder Batch { get; } = new();

    protected TagSetBuilder Tags { get; } = new();

    /// <summary>A series seen before under this spelling, ready for samples.</summary>
    /// <param name="hash">For <see cref="Remember"/>, when null comes back.</param>
    public CachedSeries? Find(ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> rawTags, out ulong hash)
    {
        hash = SeriesCache.HashOf(name, kind, rawTags);
        CachedSeries? series = _cache.Find(hash, name, kind, rawTags);
        if (series is not null)
        {
            Refresh(series);
        }
        return series;
    }

    /// <summary>Keeps a new spelling; the tags are those in <see cref="Tags"/>.</summary>
    public CachedSeries Remember(ulong hash, ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> rawTags)
    {
        ReadOnlySpan<byte> canonical = Tags.Build();
        var series = new CachedSeries
        {
            Hash = hash,
            RawName = name.ToArray(),
            RawTags = rawTags.ToArray(),
            Unit = unit.ToArray(),
            Tags = canonical.ToArray(),
            Id = SeriesId.Of(name, canonical),
            Kind = kind,
        };
        _cache.Add(series);
        Refresh(series);
        return series;
    }

    private void Refresh(CachedSeries series)
    {
        if (series.Generation != Batch.Generation)
        {
            series.Ref = Batch.AddSeries(series.RawName, series.Kind, series.Unit, series.Tags, series.Id);
            series.Generation = Batch.Generation;
        }
    }
}
