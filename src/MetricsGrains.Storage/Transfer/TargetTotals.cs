using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Adds up what is in the target.</summary>
internal static class TargetTotals
{
    public static async Task<Dictionary<long, RowTotals>> RollupsAsync(Session session, PartitionSpan span, CancellationToken cancel)
    {
        string sql = $"""
            SELECT metric_id, bucket, series_id, seq, count, sum, min, max, last, last_at, increase, p50, p95, p99, sketch
            FROM {PgTables.NameOf(span.Kind)} WHERE bucket >= $1 AND bucket < $2
            """;
        var metrics = new Dictionary<long, RowTotals>();
        await using NpgsqlCommand command = session.Command(sql, Time(span.StartMs), Time(span.EndMs));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var aggregate = new WindowAggregate
            {
                Count = reader.GetDouble(4),
                Sum = reader.GetDouble(5),
                Min = reader.GetDouble(6),
                Max = reader.GetDouble(7),
                Last = reader.GetDouble(8),
                LastAt = PgTime.ToUnixMs(reader.GetFieldValue<long>(9)),
                Increase = reader.GetDouble(10),
            };
            StoredPercentiles? percentiles = reader.IsDBNull(11) ? null : new StoredPercentiles(reader.GetDouble(11), reader.GetDouble(12), reader.GetDouble(13));
            byte[]? sketch = reader.IsDBNull(14) ? null : reader.GetFieldValue<byte[]>(14);
            long metric = reader.GetInt64(0);
            ulong hash = RowHash.OfRollup(metric, PgTime.ToUnixMs(reader.GetFieldValue<long>(1)), reader.GetInt64(2), reader.GetInt64(3), aggregate, percentiles, sketch);
            Of(metrics, metric).Add(hash, aggregate.Count, aggregate.Sum);
        }
        return metrics;
    }

    public static async Task<Dictionary<long, RowTotals>> RawAsync(Session session, PartitionSpan span, CancellationToken cancel)
    {
        string placedBy = span.Kind == PartitionKind.BriefRaw ? "drop_at" : "min_ts";
        string sql = $"SELECT metric_id, series_id, seq, times, \"values\", weights FROM {PgTables.NameOf(span.Kind)} WHERE {placedBy} >= $1 AND {placedBy} < $2";
        var metrics = new Dictionary<long, RowTotals>();
        await using NpgsqlCommand command = session.Command(sql, Time(span.StartMs), Time(span.EndMs));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            (long metric, long series, long seq) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            long[] times = reader.GetFieldValue<long[]>(3);
            double[] values = reader.GetFieldValue<double[]>(4);
            double[]? weights = reader.IsDBNull(5) ? null : reader.GetFieldValue<double[]>(5);
            RowTotals totals = Of(metrics, metric);
            totals.CountRow();
            // What is shorter than its times can't be what was copied: its samples are then missing from the digest.
            for (int i = 0; i < Math.Min(times.Length, Math.Min(values.Length, weights?.Length ?? int.MaxValue)); i++)
            {
                totals.AddSample(RowHash.OfSample(metric, series, seq, PgTime.ToUnixMs(times[i]), values[i], weights is null ? 1 : weights[i]), 1, values[i]);
            }
        }
        return metrics;
    }

    public static async Task<Dictionary<long, RowTotals>> AnnotationsAsync(Session session, PartitionSpan span, CancellationToken cancel)
    {
        const string Sql = "SELECT at, id, level, title, text, host, source, aggregation_key, canonical, folded FROM annotation WHERE at >= $1 AND at < $2";
        var metrics = new Dictionary<long, RowTotals>();
        await using NpgsqlCommand command = session.Command(Sql, Time(span.StartMs), Time(span.EndMs));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string[] texts = [reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetString(9)];
            ulong hash = RowHash.OfAnnotation(PgTime.ToUnixMs(reader.GetFieldValue<long>(0)), reader.GetGuid(1).ToByteArray(bigEndian: true), texts, reader.GetFieldValue<byte[]>(8));
            Of(metrics, 0).Add(hash, 0, 0);
        }
        return metrics;
    }

    /// <summary>Rows in the whole table, wherever in time.</summary>
    public static Task<long> CountAsync(Session session, PartitionKind kind, CancellationToken cancel) =>
        session.NumberAsync($"SELECT count(*) FROM {PgTables.NameOf(kind)}", cancel);

    private static RowTotals Of(Dictionary<long, RowTotals> metrics, long metric)
    {
        if (!metrics.TryGetValue(metric, out RowTotals? totals))
        {
            metrics.Add(metric, totals = new RowTotals());
        }
        return totals;
    }
}
