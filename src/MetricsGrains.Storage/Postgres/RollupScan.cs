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

    /// <summary>Beyond this most buckets of a range are empty, or the range has no end.</summary>
    private const long MostBuckets = 100_000;

    /// <summary>Passing over this many entries of the index costs about what one search of it does.</summary>
    private const long EntriesASearch = 16;

    /// <param name="wanted">Series whose rows are of interest. Null: all.</param>
    public static async Task ReadAsync(Session session, long metricId, StoredRange range, WantedSeries? wanted, bool sketches, RowSink sink, CancellationToken cancel)
    {
        await using NpgsqlCommand command = wanted is not null && CanSeek(session, range) && EntriesABucket(wanted) < wanted.KnownCount
            ? Seek(session, metricId, range, wanted, sketches)
            : Pass(session, metricId, range, wanted?.Ids, sketches);
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

    /// <summary>Compressed chunks have no index by bucket: there a look for each would read the same batches again and again.</summary>
    private static bool CanSeek(Session session, StoredRange range) =>
        !session.Server.HasColumnstore && range.FromMs > long.MinValue && (Int128)range.ToMs - range.FromMs <= (Int128)MostBuckets * PartitionSpan.BucketOf(range.Kind);

    /// <summary>What seeking costs in a bucket, as entries of the index that could be passed over instead: all of the metric's series have one.</summary>
    private static long EntriesABucket(WantedSeries wanted) => AreTogether(wanted) ? EntriesASearch + wanted.Spanned : EntriesASearch * wanted.Ids.Length;

    /// <summary>Whether one search and all entries from the first wanted one to the last cost less than a search for each.</summary>
    private static bool AreTogether(WantedSeries wanted) => wanted.Spanned < EntriesASearch * wanted.Ids.Length;

    private static NpgsqlCommand Pass(Session session, long metricId, StoredRange range, long[]? wanted, bool sketches)
    {
        // The addition hides the column from the index, which would be searched for every series.
        string filter = wanted is null ? "" : "AND series_id + 0 = ANY($4)";
        NpgsqlCommand command = session.Command(
            $"""
            SELECT {Columns}{(sketches ? ", sketch" : "")} FROM {PgTables.NameOf(range.Kind)}
            WHERE metric_id = $1 AND bucket >= $2 AND bucket < $3 {filter} ORDER BY bucket, series_id, seq
            """, Number(metricId), Time(range.FromMs), Time(range.ToMs));
        if (wanted is not null)
        {
            command.Parameters.Add(Numbers(wanted));
        }
        return command;
    }

    /// <summary>
    /// Bucket by bucket: with a range of buckets the index would be passed over whole, all series' entries of it, for it has the bucket before the
    /// series. OFFSET 0 keeps the planner from turning it into a join that does that. An interval of milliseconds has no days, whose length a time
    /// zone may change. Series that came at one time have neighbouring ids, and one search finds the first of them.
    /// </summary>
    private static NpgsqlCommand Seek(Session session, long metricId, StoredRange range, WantedSeries wanted, bool sketches)
    {
        long length = PartitionSpan.BucketOf(range.Kind);
        bool together = AreTogether(wanted);
        string filter = together ? "series_id BETWEEN $6 AND $7 AND series_id + 0 = ANY($4)" : "series_id = ANY($4)";
        NpgsqlCommand command = session.Command(
            $"""
            SELECT {Columns}{(sketches ? ", sketch" : "")}
            FROM (SELECT generate_series AS sought FROM generate_series($2, $3, $5 * interval '1 millisecond') ORDER BY 1 OFFSET 0) b
              CROSS JOIN LATERAL (SELECT * FROM {PgTables.NameOf(range.Kind)} WHERE metric_id = $1 AND bucket = b.sought AND {filter} OFFSET 0) r
            ORDER BY b.sought, r.series_id, r.seq
            """, Number(metricId), Time(Resolution.Ceiling(range.FromMs, length)), Time(range.ToMs - 1), Numbers(wanted.Ids), Number(length));
        if (together)
        {
            command.Parameters.Add(Number(wanted.Ids[0]));
            command.Parameters.Add(Number(wanted.Ids[^1]));
        }
        return command;
    }
}
