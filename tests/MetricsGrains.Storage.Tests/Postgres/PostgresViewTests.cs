using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using Npgsql;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>The views for people with a SQL prompt, by the queries of the metrics pipeline design that this store follows.</summary>
public sealed class PostgresViewTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition Latency = Series("api.request.duration", MetricKind.Distribution, ("env", "production"), ("service", "checkout"));

    private PostgresHarness? _harness;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null ? await PostgresHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Rollups_HaveTheFamiliarColumnsAndMergePartialRows()
    {
        await AppendAsync(T0, 1, 500);
        await AppendAsync(T0, 501, 1000);
        await AppendAsync(T0 + Minute, 1, 100);
        await _harness!.Store.DeriveAsync(T0 + (2 * Day), None);
        foreach ((string view, double count, double p99) in new[] { ("metric_rollup_1m", 1000.0, 990.0), ("metric_rollup_1h", 1100, 989), ("metric_rollup_1d", 1100, 989) })
        {
            List<object[]> rows = await QueryAsync($"""
                SELECT metric_name, tags::text, bucket, min_val, max_val, avg_val, sum_val, count_val, p50, p95, p99 FROM {view}
                WHERE metric_name = 'api.request.duration' AND tags @> '{"{"}"env":"production"{"}"}' ORDER BY bucket LIMIT 1
                """);
            object[] row = Assert.Single(rows);
            Assert.Equal("""{"env": "production", "service": "checkout"}""", row[1]);
            Assert.Equal((1.0, 1000.0, (long)count), ((double)row[3], (double)row[4], (long)row[7]));
            Assert.Equal((double)row[6] / count, (double)row[5], 9);
            Assert.InRange((double)row[10], p99 * 0.993, p99 * 1.007);
        }
    }

    /// <summary>The alert evaluator's query, as written but for how its driver marks parameters.</summary>
    [PostgresFact]
    public async Task Cagg_AlertEvaluatorsQuery_Runs()
    {
        long now = Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Minute);
        await AppendAsync(now - (2 * Minute), 1, 9);
        await AppendAsync(now - Minute, 11, 19);
        List<object[]> rows = await QueryAsync(
            """
            SELECT avg_val FROM metric_rollup_1m_cagg
            WHERE metric_name = $1
            AND tags @> $2::jsonb
            AND bucket >= NOW() - ($3 * INTERVAL '1 minute')
            ORDER BY bucket DESC LIMIT 1
            """, "api.request.duration", """{"env":"production"}""", 5);
        Assert.Equal(15.0, Assert.Single(rows)[0]);
    }

    /// <summary>The bodies of the design's two continuous aggregates; time_bucket is TimescaleDB's, date_trunc its like.</summary>
    [PostgresFact]
    public async Task Points_AggregatesOfTheDesign_Run()
    {
        await _harness!.Store.AppendRawAsync(
            [new RawBlock(Latency, [.. Enumerable.Range(0, 180).Select(i => T0 + (i * 1000L))], [.. Enumerable.Range(0, 180).Select(i => (double)i)], null), new RawBlock(Series("users", MetricKind.Set), [T0], [4e200], null)],
            Cursor("*", 1, stream: FlushStream.Raw), None);
        bool timescale = _harness.Store.Server.HasHypertables;
        List<object[]> minutes = await QueryAsync($"""
            SELECT
            metric_name,
            tags::text,
            {(timescale ? "time_bucket('1 minute', timestamp)" : "date_trunc('minute', timestamp)")} AS bucket,
            MIN(value) AS min_val,
            MAX(value) AS max_val,
            AVG(value) AS avg_val,
            SUM(value) AS sum_val,
            COUNT(*) AS count_val,
            percentile_cont(0.50) WITHIN GROUP (ORDER BY value) AS p50,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,
            percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99
            FROM metric_points
            GROUP BY metric_name, tags, bucket
            ORDER BY bucket
            """);
        Assert.Equal([60L, 60L, 60L], minutes.Select(m => m[7]));
        Assert.Equal([29.5, 89.5, 149.5], minutes.Select(m => m[8]));
        await AppendAsync(T0, 1, 100);
        await AppendAsync(T0 + Minute, 101, 200);
        List<object[]> hours = await QueryAsync($"""
            SELECT
            metric_name,
            tags::text,
            {(timescale ? "time_bucket('1 hour', bucket)" : "date_trunc('hour', bucket)")} AS bucket,
            MIN(min_val) AS min_val,
            MAX(max_val) AS max_val,
            SUM(avg_val * count_val) / SUM(count_val) AS avg_val,
            SUM(sum_val) AS sum_val,
            SUM(count_val)::bigint AS count_val
            FROM metric_rollup_1m_cagg
            GROUP BY metric_name, tags, {(timescale ? "time_bucket('1 hour', bucket)" : "date_trunc('hour', bucket)")}
            """);
        Assert.Equal([1.0, 200.0, 100.5, 20_100.0, 200L], Assert.Single(hours)[3..]);
    }

    [PostgresFact]
    public async Task Percentile_OfStoredSketches_IsTheSketchs()
    {
        var random = new Random(7);
        foreach (int count in new[] { 1, 2, 50, 3000 })
        {
            var sketch = new ExponentialSketch();
            for (int i = 0; i < count; i++)
            {
                double value = Math.Exp((random.NextDouble() * 40) - 20) * (random.Next(4) == 0 ? -1 : 1);
                sketch.Add(random.Next(10) == 0 ? 0 : value, 1 + random.Next(1000));
            }
            foreach (double q in new[] { 0, 0.01, 0.5, 0.95, 0.99, 1 })
            {
                List<object[]> rows = await QueryAsync("SELECT metric_percentile($1::bytea, $2)", sketch.ToArray(), q);
                double expected = sketch.Quantile(q);
                Assert.True(Math.Abs(expected - (double)rows[0][0]) <= Math.Abs(expected) * 1e-9, $"seed 7, count {count}, q {q}: expected {expected}, got {rows[0][0]}");
            }
        }
    }

    [PostgresFact]
    public async Task Rollups_NameAndTime_ReachTheIndexesAndPartitions()
    {
        for (int day = 0; day < 5; day++)
        {
            await AppendAsync(T0 + (day * Day), 1, 10);
        }
        List<object[]> plan = await QueryAsync("""
            EXPLAIN SELECT avg_val FROM metric_rollup_1m WHERE metric_name = 'api.request.duration' AND bucket >= '2025-03-12T00:00:00Z' AND bucket < '2025-03-13T00:00:00Z'
            """);
        string text = string.Join('\n', plan.Select(r => r[0]));
        Assert.DoesNotContain("20250310", text, StringComparison.Ordinal);
        Assert.DoesNotContain("metric_percentile", text, StringComparison.Ordinal);
        Assert.Contains("metric_name_key", text, StringComparison.Ordinal);
    }

    private Task AppendAsync(long bucket, int from, int to)
    {
        var sketch = new ExponentialSketch();
        double[] values = [.. Enumerable.Range(from, to - from + 1).Select(i => (double)i)];
        foreach (double value in values)
        {
            sketch.Add(value);
        }
        return _harness!.Store.AppendAsync([Of([Latency], [new RollupRow(0, bucket, Aggregate(bucket, values), sketch.ToArray())])], None);
    }

    private async Task<List<object[]>> QueryAsync(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_harness!.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }
        var rows = new List<object[]>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            object[] row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }
}
