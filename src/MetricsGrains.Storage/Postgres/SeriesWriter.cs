using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Finds or adds metrics and series on behalf of write transactions, and remembers them between. Writing a metric's row locks
/// it until the transaction ends, and so its series and rows: whoever derives, folds or removes them takes the same lock.
/// </summary>
internal sealed class SeriesWriter(int maxCached)
{
    /// <summary>A series' last_seen is written again only when it has moved by this much. Retention allows for it.</summary>
    public const long LastSeenLagMs = 600_000;

    private readonly Dictionary<string, KnownMetric> _metrics = new(StringComparer.Ordinal);
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

    /// <summary>The metrics of all the definitions, with at least those series.</summary>
    public async Task<IReadOnlyDictionary<string, KnownMetric>> ResolveAsync(Session session, IEnumerable<SeriesDefinition> definitions, CancellationToken cancel)
    {
        // In one order in every transaction, so that two of them never wait for each other crosswise.
        IGrouping<string, SeriesDefinition>[] metrics = [.. definitions.GroupBy(d => d.Metric, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)];
        if (metrics.Length > 0)
        {
            await LoadAsync(session, await PutMetricsAsync(session, metrics, cancel), cancel);
            await AddSeriesAsync(session, metrics, cancel);
            await TouchSeriesAsync(session, metrics, cancel);
        }
        return _metrics;
    }

    /// <returns>The names, ids and versions of metrics whose series are not known, or not as they are now.</returns>
    private async Task<List<(string Name, long Id, long Version)>> PutMetricsAsync(Session session, IGrouping<string, SeriesDefinition>[] metrics, CancellationToken cancel)
    {
        const string Sql = """
            INSERT INTO metric AS m (name, folded, kind, unit, series_count, series_version, last_seen)
            SELECT name, folded, kind, unit, 0, 0, last_seen FROM unnest($1, $2, $3, $4, $5) AS n(name, folded, kind, unit, last_seen)
            ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, unit = excluded.unit, last_seen = greatest(m.last_seen, excluded.last_seen)
            RETURNING id, series_version, name
            """;
        SeriesDefinition[] newest = [.. metrics.Select(g => g.MaxBy(d => d.LastSeenMs)!)];
        var names = metrics.ToDictionary(g => PgText.Of(g.Key), g => g.Key, StringComparer.Ordinal);
        var unknown = new List<(string, long, long)>();
        await using NpgsqlCommand command = session.Command(
            Sql,
            Texts(Array.ConvertAll(newest, d => d.Metric)), Texts(Array.ConvertAll(newest, d => d.Metric.ToUpperInvariant())),
            Smalls(Array.ConvertAll(newest, d => (short)d.Kind)), Texts(Array.ConvertAll(newest, d => d.Unit)), Times(Array.ConvertAll(newest, d => d.LastSeenMs)));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string name = names[reader.GetString(2)];
            if (!_metrics.TryGetValue(name, out KnownMetric? known) || known.Id != reader.GetInt64(0) || known.Version != reader.GetInt64(1))
            {
                unknown.Add((name, reader.GetInt64(0), reader.GetInt64(1)));
            }
        }
        return unknown;
    }

    private async Task LoadAsync(Session session, List<(string Name, long Id, long Version)> metrics, CancellationToken cancel)
    {
        if (metrics.Count == 0)
        {
            return;
        }
        var byId = new Dictionary<long, KnownMetric>();
        foreach ((string name, long id, long version) in metrics)
        {
            if (_metrics.Remove(name, out KnownMetric? old))
            {
                _cached -= old.Series.Count;
            }
            var metric = new KnownMetric(id, version, []);
            _metrics.Add(name, metric);
            byId.Add(id, metric);
        }
        await using NpgsqlCommand command = session.Command(
            "SELECT metric_id, id, kind, canonical, first_seen, last_seen FROM series WHERE metric_id = ANY($1)", Numbers([.. byId.Keys]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            byId[reader.GetInt64(0)].Series.Add(
                (TagSet.FromCanonical(reader.GetFieldValue<byte[]>(3)), (MetricKind)reader.GetInt16(2)),
                new WrittenSeries { Id = reader.GetInt64(1), FirstSeenMs = PgTime.ToUnixMs(reader.GetFieldValue<long>(4)), LastSeenMs = PgTime.ToUnixMs(reader.GetFieldValue<long>(5)) });
            _cached++;
        }
    }

    private async Task AddSeriesAsync(Session session, IGrouping<string, SeriesDefinition>[] metrics, CancellationToken cancel)
    {
        var added = new List<(string Metric, KnownMetric Known, List<SeriesDefinition> Series)>();
        foreach (IGrouping<string, SeriesDefinition> metric in metrics)
        {
            KnownMetric known = _metrics[metric.Key];
            List<SeriesDefinition> missing = [.. metric.Where(d => !known.Series.ContainsKey((d.Tags, d.Kind))).DistinctBy(d => (d.Tags, d.Kind))];
            if (missing.Count > 0)
            {
                added.Add((metric.Key, known, missing));
            }
        }
        if (added.Count == 0)
        {
            return;
        }
        List<long> ids = await session.NumbersAsync(
            "SELECT nextval(pg_get_serial_sequence('series', 'id')) FROM generate_series(1, $1)", cancel, Number(added.Sum(a => a.Series.Count)));
        int next = 0;
        await using (CopyWriter copy = await CopyWriter.BeginAsync(session, "series (id, metric_id, series_hash, kind, tags, canonical, first_seen, last_seen)", cancel))
        {
            foreach ((_, KnownMetric known, List<SeriesDefinition> missing) in added)
            {
                foreach (SeriesDefinition definition in missing)
                {
                    await WriteAsync(copy, ids[next], known.Id, definition, cancel);
                    known.Series.Add((definition.Tags, definition.Kind), new WrittenSeries { Id = ids[next++], FirstSeenMs = definition.FirstSeenMs, LastSeenMs = definition.LastSeenMs });
                    _cached++;
                }
            }
            await copy.CompleteAsync(cancel);
        }
        foreach ((string metric, KnownMetric known, _) in added)
        {
            _metrics[metric] = known with { Version = known.Version + 1 };
        }
        await session.RunAsync(
            "UPDATE metric SET series_count = series_count + n.added, series_version = series_version + 1 FROM unnest($1, $2) AS n(id, added) WHERE metric.id = n.id", cancel,
            Numbers([.. added.Select(a => a.Known.Id)]), Numbers([.. added.Select(a => (long)a.Series.Count)]));
    }

    private static async Task WriteAsync(CopyWriter copy, long id, long metricId, SeriesDefinition definition, CancellationToken cancel)
    {
        await copy.BeginRowAsync(8, cancel);
        copy.Int64(id);
        copy.Int64(metricId);
        copy.Int64(unchecked((long)definition.Id.Value));
        copy.Int16((short)definition.Kind);
        copy.Json(PgText.Json(definition.Tags.ToPairs()));
        copy.Bytes(definition.Tags.Canonical);
        copy.Time(definition.FirstSeenMs);
        copy.Time(definition.LastSeenMs);
    }

    private async Task TouchSeriesAsync(Session session, IGrouping<string, SeriesDefinition>[] metrics, CancellationToken cancel)
    {
        var touched = new List<WrittenSeries>();
        foreach (IGrouping<string, SeriesDefinition> metric in metrics)
        {
            KnownMetric known = _metrics[metric.Key];
            foreach (SeriesDefinition definition in metric)
            {
                WrittenSeries series = known.Series[(definition.Tags, definition.Kind)];
                if (definition.FirstSeenMs < series.FirstSeenMs || definition.LastSeenMs >= series.LastSeenMs + LastSeenLagMs)
                {
                    series.FirstSeenMs = Math.Min(series.FirstSeenMs, definition.FirstSeenMs);
                    series.LastSeenMs = Math.Max(series.LastSeenMs, definition.LastSeenMs);
                    touched.Add(series);
                }
            }
        }
        if (touched.Count > 0)
        {
            WrittenSeries[] distinct = [.. touched.Distinct()];
            await session.RunAsync(
                "UPDATE series SET first_seen = n.first_seen, last_seen = n.last_seen FROM unnest($1, $2, $3) AS n(id, first_seen, last_seen) WHERE series.id = n.id", cancel,
                Numbers(Array.ConvertAll(distinct, s => s.Id)), Times(Array.ConvertAll(distinct, s => s.FirstSeenMs)), Times(Array.ConvertAll(distinct, s => s.LastSeenMs)));
        }
    }
}
