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

    /// <summary>The stand-in and TimescaleDB's own are one to the caller.</summary>
    [PostgresFact]
    public async Task TimeBucket_WidthsUpToWeeks_AreAlignedAsTimescaleAlignsThem()
    {
        const string At = "'2026-04-17 09:41:27.5+00'::timestamptz";
        foreach ((string width, string start) in new[] { ("1 minute", "2026-04-17 09:41:00"), ("10 seconds", "2026-04-17 09:41:20"), ("1 hour", "2026-04-17 09:00:00"), ("1 day", "2026-04-17 00:00:00"), ("1 week", "2026-04-13 00:00:00"), ("90 minutes", "2026-04-17 09:00:00") })
        {
            List<object[]> rows = await QueryAsync($"SELECT time_bucket('{width}', {At}) = '{start}+00', time_bucket('{width}', '{start}+00'::timestamptz) = '{start}+00', time_bucket('{width}', null::timestamptz) IS NULL");
            Assert.Equal([true, true, true], rows[0]);
        }
        Assert.Equal(new DateTime(1999, 12, 31, 23, 59, 0, DateTimeKind.Utc), (await QueryAsync("SELECT time_bucket('1 minute', '1999-12-31 23:59:59+00'::timestamptz)"))[0][0]);
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
