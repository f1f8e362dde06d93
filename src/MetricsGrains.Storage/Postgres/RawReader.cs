using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Answers one query of one metric from its raw blocks, inside of one snapshot.</summary>
internal sealed class RawReader(Session session, StoredSeries series, AggregateQuery query, CancellationToken cancel)
{
    private readonly RawFrame _frame = new(series, query);

    /// <summary>How many stored blocks could not be read.</summary>
    public int DamagedBlocks { get; private set; }

    public async Task<AggregateFrame> ReadAsync()
    {
        if (_frame.IsEmpty)
        {
            return AggregateFrame.Empty;
        }
        // In the order of writing: of two samples at the same time the one that came later is the last.
        const string Wanted = "WHERE metric_id = $1 AND min_ts >= $2 AND min_ts < $3 AND max_ts >= $4 AND series_id = ANY($5)";
        const string Sql = $"""
            SELECT series_id, times, "values", weights, seq, min_ts FROM raw_block {Wanted}
            UNION ALL SELECT series_id, times, "values", weights, seq, min_ts FROM raw_brief {Wanted} ORDER BY seq, min_ts
            """;
        // A block lies within one hour, so those that reach into the range begin in the hour that it begins in.
        long from = _frame.ReadFromMs;
        long earliest = from < long.MinValue + Resolution.OneHour ? from : Resolution.Floor(from, Resolution.OneHour);
        await using NpgsqlCommand command = session.Command(Sql, Number(series.MetricId), Time(earliest), Time(query.ToMs), Time(from), Numbers([.. _frame.Wanted]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            long[] times = Array.ConvertAll(reader.GetFieldValue<long[]>(1), PgTime.ToUnixMs);
            double[] values = reader.GetFieldValue<double[]>(2);
            double[]? weights = reader.IsDBNull(3) ? null : reader.GetFieldValue<double[]>(3);
            if (values.Length == times.Length && (weights is null || weights.Length == times.Length))
            {
                _frame.Take(reader.GetInt64(0), new RawSamples(times, values, weights));
            }
            else
            {
                DamagedBlocks++;
            }
        }
        return _frame.Build();
    }
}
