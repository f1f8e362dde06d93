using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Finds or adds metrics and series on behalf of write transactions, and remembers them between.</summary>
internal sealed class SeriesWriter(int maxCached)
{
    /// <summary>
    /// A series' last_seen is written again only when it has moved by this much: else every flush would write every series a
    /// second time. Retention allows for it.
    /// </summary>
    public const long LastSeenLagMs = 600_000;

    private readonly Dictionary<string, WrittenMetric> _metrics = new(StringComparer.Ordinal);
    private int _cached;

    /// <summary>Called when a transaction failed: what was learned in it may not be so.</summary>
    public void Forget()
    {
        _metrics.Clear();
        _cached = 0;
    }

    /// <summary>Between transactions: keeps the memory in bounds.</summary>
    public void Trim()
    {
        if (_cached > maxCached)
        {
            Forget();
        }
    }

    public WrittenMetric Metric(SqliteConnection connection, string name, MetricKind kind, string unit, long lastSeenMs)
    {
        if (!_metrics.TryGetValue(name, out WrittenMetric? metric))
        {
            metric = Load(connection, name) ?? Add(connection, name, kind, unit, lastSeenMs);
            _metrics.Add(name, metric);
        }
        if (metric.Kind != kind || metric.Unit != unit || lastSeenMs > metric.LastSeenMs)
        {
            metric.Kind = kind;
            metric.Unit = unit;
            metric.LastSeenMs = Math.Max(metric.LastSeenMs, lastSeenMs);
            using var update = new Statement(connection, "UPDATE metric SET kind = ?2, unit = ?3, last_seen = ?4 WHERE id = ?1");
            update.Bind(1, metric.Id).Bind(2, (long)kind).Bind(3, unit).Bind(4, metric.LastSeenMs).Run();
        }
        return metric;
    }

    /// <summary>The row ids of the definitions, in their order.</summary>
    public long[] Series(SqliteConnection connection, WrittenMetric metric, IReadOnlyList<SeriesDefinition> definitions)
    {
        var ids = new long[definitions.Count];
        int before = metric.Series.Count;
        using var add = new Statement(connection, "INSERT INTO series (metric_id, series_hash, kind, tags, tags_json, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id");
        using var touch = new Statement(connection, "UPDATE series SET first_seen = ?2, last_seen = ?3 WHERE id = ?1");
        for (int i = 0; i < ids.Length; i++)
        {
            SeriesDefinition definition = definitions[i];
            if (!metric.Series.TryGetValue((definition.Tags, definition.Kind), out WrittenSeries? series))
            {
                series = Insert(add, metric.Id, definition);
                metric.Series.Add((definition.Tags, definition.Kind), series);
                _cached++;
            }
            else if (definition.FirstSeenMs < series.FirstSeenMs || definition.LastSeenMs >= series.LastSeenMs + LastSeenLagMs)
            {
                series.FirstSeenMs = Math.Min(series.FirstSeenMs, definition.FirstSeenMs);
                series.LastSeenMs = Math.Max(series.LastSeenMs, definition.LastSeenMs);
                touch.Bind(1, series.Id).Bind(2, series.FirstSeenMs).Bind(3, series.LastSeenMs).Run();
            }
            ids[i] = series.Id;
        }
        if (metric.Series.Count > before)
        {
            using var count = new Statement(connection, "UPDATE metric SET series_count = series_count + ?2, series_version = series_version + 1 WHERE id = ?1");
            count.Bind(1, metric.Id).Bind(2, metric.Series.Count - before).Run();
        }
        return ids;
    }

    private static WrittenSeries Insert(Statement add, long metricId, SeriesDefinition definition)
    {
        add.Bind(1, metricId).Bind(2, unchecked((long)definition.Id.Value)).Bind(3, (long)definition.Kind).Bind(4, definition.Tags.Canonical)
            .Bind(5, TagsJson.Of(definition.Tags)).Bind(6, definition.FirstSeenMs).Bind(7, definition.LastSeenMs);
        add.Step();
        long id = add.Int64(0);
        add.Run();
        return new WrittenSeries { Id = id, FirstSeenMs = definition.FirstSeenMs, LastSeenMs = definition.LastSeenMs };
    }

    private static WrittenMetric Add(SqliteConnection connection, string name, MetricKind kind, string unit, long lastSeenMs)
    {
        using var add = new Statement(connection, "INSERT INTO metric (name, folded, kind, unit, series_count, series_version, last_seen) VALUES (?1, ?2, ?3, ?4, 0, 0, ?5)");
        add.Bind(1, name).Bind(2, name.ToUpperInvariant()).Bind(3, (long)kind).Bind(4, unit).Bind(5, lastSeenMs).Run();
        return new WrittenMetric { Id = connection.Scalar("SELECT last_insert_rowid()"), Kind = kind, Unit = unit, LastSeenMs = lastSeenMs };
    }

    private WrittenMetric? Load(SqliteConnection connection, string name)
    {
        using var find = new Statement(connection, "SELECT id, kind, unit, last_seen FROM metric WHERE name = ?1");
        if (!find.Bind(1, name).Step())
        {
            return null;
        }
        var metric = new WrittenMetric { Id = find.Int64(0), Kind = (MetricKind)find.Int64(1), Unit = find.Text(2), LastSeenMs = find.Int64(3) };
        using var list = new Statement(connection, "SELECT id, kind, tags, first_seen, last_seen FROM series WHERE metric_id = ?1");
        list.Bind(1, metric.Id);
        while (list.Step())
        {
            var series = new WrittenSeries { Id = list.Int64(0), FirstSeenMs = list.Int64(3), LastSeenMs = list.Int64(4) };
            metric.Series.Add((TagSet.FromCanonical(list.Blob(2)), (MetricKind)list.Int64(1)), series);
        }
        _cached += metric.Series.Count;
        return metric;
    }
}
