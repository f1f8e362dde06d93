using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Reads one metric's rows of one rollup kind in (bucket, series, seq) order.</summary>
internal static class RollupScan
{
    /// <summary>Takes a row. The sketch is empty when there is none or none was asked for.</summary>
    public delegate void RowSink(long seriesId, long bucketMs, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch);

    private const string Columns = "series_id, bucket, count, sum, min, max, last, last_at, increase";

    /// <param name="wanted">Series whose rows are of interest. Null: all.</param>
    /// <param name="few">Look each wanted series up by itself instead of passing over all rows: better when few of many are wanted.</param>
    public static async Task ReadAsync(Session session, long metricId, StoredRange range, long[]? wanted, bool few, bool sketches, RowSink sink, CancellationToken cancel)
    {
        // The addition hides the column from the index, which would be searched once for every series and bucket.
        string filter = wanted is null ? "" : few ? "AND series_id = ANY($4)" : "AND series_id + 0 = ANY($4)";
        string sql = $"""
            SELECT {Columns}{(sketches ? ", sketch" : "")} FROM {PgTables.NameOf(range.Kind)}
            WHERE metric_id = $1 AND bucket >= $2 AND bucket < $3 {filter} ORDER BY bucket, series_id, seq
            """;
        await using NpgsqlCommand command = session.Command(sql, Number(metricId), Time(range.FromMs), Time(range.ToMs));
        if (wanted is not null)
        {
            command.Parameters.Add(Numbers(wanted));
        }
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var aggregate = new WindowAggregate
            {
                Count = reader.GetDouble(2),
                Sum = reader.GetDouble(3),
                Min = reader.GetDouble(4),
                Max = reader.GetDouble(5),
                Last = reader.GetDouble(6),
                LastAt = PgTime.ToUnixMs(reader.GetFieldValue<long>(7)),
                Increase = reader.GetDouble(8),
            };
            byte[]? sketch = sketches && !reader.IsDBNull(9) ? reader.GetFieldValue<byte[]>(9) : null;
            sink(reader.GetInt64(0), PgTime.ToUnixMs(reader.GetFieldValue<long>(1)), aggregate, sketch);
        }
    }
}
