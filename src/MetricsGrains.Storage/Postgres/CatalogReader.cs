using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Lists what is stored.</summary>
internal static class CatalogReader
{
    private const string Columns = "name, kind, unit, series_count, last_seen";

    public static async Task<List<StoredMetric>> ListMetricsAsync(Session session, string contains, string after, int limit, CancellationToken cancel)
    {
        // strpos over folded names rather than ILIKE: no escaping, and the same letters have cases whatever the locale.
        await using NpgsqlCommand command = session.Command(
            $"SELECT {Columns} FROM metric WHERE name COLLATE \"C\" > $1 AND ($2 = '' OR strpos(folded, $2) > 0) ORDER BY name COLLATE \"C\" LIMIT $3",
            Text(after), Text(contains.ToUpperInvariant()), Number(limit));
        return await MetricsAsync(command, cancel);
    }

    public static async Task<StoredMetric?> FindMetricAsync(Session session, string metric, CancellationToken cancel)
    {
        await using NpgsqlCommand command = session.Command($"SELECT {Columns} FROM metric WHERE name = $1", Text(metric));
        return (await MetricsAsync(command, cancel)).FirstOrDefault();
    }

    public static async Task<List<SeriesDefinition>> ListSeriesAsync(Session session, string metric, int limit, CancellationToken cancel)
    {
        const string Sql = """
            SELECT s.series_hash, s.kind, m.unit, s.canonical, s.first_seen, s.last_seen
            FROM metric m JOIN series s ON s.metric_id = m.id WHERE m.name = $1 ORDER BY s.canonical, s.kind LIMIT $2
            """;
        var series = new List<SeriesDefinition>();
        await using NpgsqlCommand command = session.Command(Sql, Text(metric), Number(limit));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            series.Add(new SeriesDefinition(
                new SeriesId(unchecked((ulong)reader.GetInt64(0))), metric, (MetricKind)reader.GetInt16(1), reader.GetString(2),
                TagSet.FromCanonical(reader.GetFieldValue<byte[]>(3)), PgTime.ToUnixMs(reader.GetFieldValue<long>(4)), PgTime.ToUnixMs(reader.GetFieldValue<long>(5))));
        }
        return series;
    }

    public static async Task<StoreStatus> StatusAsync(Session session, string description, CancellationToken cancel)
    {
        const string Sql = """
            SELECT pg_database_size(current_database()),
              (SELECT coalesce(sum(rows), 0)::bigint FROM row_count WHERE kind = $1),
              (SELECT coalesce(sum(rows), 0)::bigint FROM row_count WHERE kind IN ($2, $3)),
              (SELECT coalesce(sum(series_count), 0)::bigint FROM metric),
              (SELECT min(oldest) FROM row_count)
            """;
        await using NpgsqlCommand command = session.Command(Sql, Small((int)PartitionKind.OneMinute), Small((int)PartitionKind.Raw), Small((int)PartitionKind.BriefRaw));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new StoreStatus(
            description, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3),
            reader.IsDBNull(4) ? null : PgTime.ToUnixMs(reader.GetFieldValue<long>(4)));
    }

    private static async Task<List<StoredMetric>> MetricsAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        var metrics = new List<StoredMetric>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            metrics.Add(new StoredMetric(
                reader.GetString(0), (MetricKind)reader.GetInt16(1), reader.GetString(2), reader.GetInt64(3), PgTime.ToUnixMs(reader.GetFieldValue<long>(4))));
        }
        return metrics;
    }
}
