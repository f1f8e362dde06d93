using MetricsGrains.Core.Model;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// The series of metrics, remembered between reads. What is remembered is used only when its version is the one in the read's
/// own snapshot, so a read sees rows and series of the same moment.
/// </summary>
internal sealed class SeriesReader(int maxCached)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredSeries> _cache = new(StringComparer.Ordinal);
    private int _cached;

    /// <summary>Inside of a read's snapshot.</summary>
    /// <returns>Null: the store has never seen the metric.</returns>
    public StoredSeries? Find(SqliteConnection connection, string metric)
    {
        using var find = new Statement(connection, "SELECT id, series_version FROM metric WHERE name = ?1");
        if (!find.Bind(1, metric).Step())
        {
            return null;
        }
        long id = find.Int64(0);
        long version = find.Int64(1);
        lock (_lock)
        {
            if (_cache.TryGetValue(metric, out StoredSeries? known) && known.MetricId == id && known.Version == version)
            {
                return known;
            }
        }
        var loaded = new StoredSeries(id, version, Load(connection, id));
        Remember(metric, loaded);
        return loaded;
    }

    private void Remember(string metric, StoredSeries loaded)
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

    private static SeriesEntry[] Load(SqliteConnection connection, long metricId)
    {
        var series = new List<SeriesEntry>();
        using var list = new Statement(connection, "SELECT id, kind, tags FROM series WHERE metric_id = ?1");
        list.Bind(1, metricId);
        while (list.Step())
        {
            series.Add(new SeriesEntry(list.Int64(0), (MetricKind)list.Int64(1), TagSet.FromCanonical(list.Blob(2))));
        }
        return [.. series];
    }
}
