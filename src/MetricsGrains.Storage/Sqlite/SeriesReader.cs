using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Finds the series of metrics on behalf of reads, and remembers them between.</summary>
internal sealed class SeriesReader(int maxCached)
{
    private readonly SeriesCache _cache = new(maxCached);

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
        if (_cache.Find(metric, id, version) is { } known)
        {
            return known;
        }
        var loaded = new StoredSeries(id, version, Load(connection, id));
        _cache.Remember(metric, loaded);
        return loaded;
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
