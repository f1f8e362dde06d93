using System.Diagnostics;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>What one partitioned table of a PostgreSQL takes on disk, indexes and all, and what compressing its chunks makes of it.</summary>
/// <param name="table">"raw_block", "rollup_1m".</param>
internal sealed class TableOnDisk(BenchStore bench, string table)
{
    public async Task<double> BytesAsync() => Convert.ToDouble(
        await bench.ExecuteAsync($"""
            SELECT CASE WHEN to_regproc('hypertable_size') IS NULL THEN (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('{table}'))
              ELSE (xpath('/row/s/text()', query_to_xml('SELECT hypertable_size(''{table}'') AS s', false, true, '')))[1]::text::numeric END::float8
            """), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Compresses every chunk where the edition can, and says how much is left.</summary>
    /// <param name="unit">"point", "row".</param>
    public async Task CompressAsync(long count, string unit)
    {
        double before = await BytesAsync() / count;
        long started = Stopwatch.GetTimestamp();
        if (await bench.ExecuteAsync("SELECT current_setting('timescaledb.license', true)") is not "timescale")
        {
            await bench.ExecuteAsync("VACUUM FULL");
            Console.WriteLine($"  {table}: {before:0.0} B a {unit}, rewritten by VACUUM FULL {await BytesAsync() / count:0.0} (only TimescaleDB's community edition compresses more)");
            return;
        }
        await bench.ExecuteAsync($"SELECT count(compress_chunk(c)) FROM show_chunks('{table}') AS t(c)");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"  {table}: {before:0.0} B a {unit}, compressed {await BytesAsync() / count:0.0}, {count / seconds:N0} {unit}s/s");
    }
}
