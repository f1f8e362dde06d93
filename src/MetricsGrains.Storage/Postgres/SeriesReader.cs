using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Finds the series of metrics on behalf of reads, and remembers them between.</summary>
internal sealed class SeriesReader(int maxCached)
{
    private readonly SeriesCache _cache = new(maxCached);

    /// <summary>Begins a read: call before anything else in its transaction.</summary>
    /// <returns>Null: the store has never seen the metric.</returns>
    public async Task<StoredSeries?> FindAsync(Session session, string metric, CancellationToken cancel)
    {
        (long id, long version) = await VersionAsync(session, metric, cancel);
        if (id == 0)
        {
            return null;
        }
        if (_cache.Find(metric, id, version) is { } known)
        {
            return known;
        }
        var loaded = new StoredSeries(id, version, await LoadAsync(session, id, cancel));
        _cache.Remember(metric, loaded);
        return loaded;
    }

    private static async Task<(long Id, long Version)> VersionAsync(Session session, string metric, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(session.Connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PgTables.WithoutCompiling));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PgTables.HoldAgainstDropping));
        var find = new NpgsqlBatchCommand("SELECT id, series_version FROM metric WHERE name = $1");
        find.Parameters.Add(Text(metric));
        batch.BatchCommands.Add(find);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    private static async Task<SeriesEntry[]> LoadAsync(Session session, long metricId, CancellationToken cancel)
    {
        var series = new List<SeriesEntry>();
        await using NpgsqlCommand command = session.Command("SELECT id, kind, canonical FROM series WHERE metric_id = $1", Number(metricId));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            series.Add(new SeriesEntry(reader.GetInt64(0), (MetricKind)reader.GetInt16(1), TagSet.FromCanonical(reader.GetFieldValue<byte[]>(2))));
        }
        return [.. series];
    }
}
