namespace MetricsGrains.Storage.Common;

/// <summary>
/// The series of metrics, remembered between reads. What is remembered is given only for the version that the reader saw in
/// its own snapshot, so a read sees rows and series of the same moment. Thread-safe.
/// </summary>
internal sealed class SeriesCache(int maxCached)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredSeries> _cache = new(StringComparer.Ordinal);
    private int _cached;

    public StoredSeries? Find(string metric, long metricId, long version)
    {
        lock (_lock)
        {
            return _cache.TryGetValue(metric, out StoredSeries? known) && known.MetricId == metricId && known.Version == version ? known : null;
        }
    }

    public void Remember(string metric, StoredSeries loaded)
    {
        lock (_lock)
        {
            if (_cache.Remove(metric, out StoredSeries? old))
            {
                _cached -= old.Series.Length;
            }
            if (_cached + loaded.Series.Length > maxCached)
            {
                _cache.Clear();
                _cached = 0;
            }
            _cache.Add(metric, loaded);
            _cached += loaded.Series.Length;
        }
    }
}
