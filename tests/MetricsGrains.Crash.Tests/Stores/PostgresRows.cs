using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>The rows in a PostgreSQL database: counts and sums as users of the views see them.</summary>
internal sealed class PostgresRows(string database) : IStoredRows
{
    private const string UnixMs = "(extract(epoch FROM bucket) * 1000)::bigint";

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Pooling = false, CommandTimeout = 120 });

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Reads every table whole and compares them with their indexes.</summary>
    public async Task<string?> DamageAsync()
    {
        try
        {
            await PostgresCluster.ExecuteAsync(database, "CREATE EXTENSION IF NOT EXISTS amcheck");
            await PostgresCluster.ExecuteAsync(database, """
                SELECT count(bt_index_check(i.indexrelid, true)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p' AND i.indisvalid
                """);
            return null;
        }
        catch (PostgresException fault) when (fault.SqlState.StartsWith("XX", StringComparison.Ordinal))
        {
            return "the database is damaged: " + fault.MessageText;
        }
    }

    public async Task<Dictionary<(string Metric, string Series, long Bucket), Tally>> RollupsAsync(int kind)
    {
        string resolution = kind switch { 1 => "1m", 2 => "1h", _ => "1d" };
        var rollups = new Dictionary<(string, string, long), Tally>();
        await foreach (NpgsqlDataReader row in RowsAsync($"SELECT metric_name, tags ->> 'series', {UnixMs}, count_val::float8, sum_val FROM metric_rollup_{resolution} WHERE metric_name LIKE 'crash.%'"))
        {
            rollups.Add((row.GetString(0), row.GetString(1), row.GetInt64(2)), new Tally(row.GetDouble(3), row.GetDouble(4), 0));
        }
        // The one number that the views don't have.
        await foreach (NpgsqlDataReader row in RowsAsync($"SELECT m.name, s.tags ->> 'series', {UnixMs}, sum(r.increase) FROM rollup_{resolution} r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2, 3"))
        {
            (string, string, long) key = (row.GetString(0), row.GetString(1), row.GetInt64(2));
            // Of a node that runs, rows may have come since the first reading.
            rollups[key] = rollups.GetValueOrDefault(key) with { Increase = row.GetDouble(3) };
        }
        return rollups;
    }

    public async Task<HashSet<(string Metric, long Bucket)>> DirtyAsync(int kind)
    {
        var dirty = new HashSet<(string, long)>();
        await foreach (NpgsqlDataReader row in RowsAsync($"SELECT m.name, {UnixMs} FROM dirty_bucket d JOIN metric m ON m.id = d.metric_id WHERE d.kind = {kind}"))
        {
            dirty.Add((row.GetString(0), row.GetInt64(1)));
        }
        return dirty;
    }

    public async Task<Dictionary<(string Metric, string Series), double>> RawCountsAsync()
    {
        var counts = new Dictionary<(string, string), double>();
        await foreach (NpgsqlDataReader row in RowsAsync("SELECT m.name, s.tags ->> 'series', sum(cardinality(r.times))::float8 FROM raw_block r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2"))
        {
            counts.Add((row.GetString(0), row.GetString(1)), row.GetDouble(2));
        }
        return counts;
    }

    private async IAsyncEnumerable<NpgsqlDataReader> RowsAsync(string sql)
    {
        await using NpgsqlCommand command = _source.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            yield return reader;
        }
    }
}
