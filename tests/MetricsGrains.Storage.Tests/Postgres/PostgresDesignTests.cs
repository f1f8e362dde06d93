using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>The SQL of the metrics pipeline design that this store follows, letter by letter, in psql against the views.</summary>
public sealed class PostgresDesignTests : IAsyncLifetime
{
    private const string EvaluatorsQuery = """
        SELECT avg_val FROM metric_rollup_1m_cagg
        WHERE metric_name = %s
        AND tags @> %s::jsonb
        AND bucket >= NOW() - (%s * INTERVAL '1 minute')
        ORDER BY bucket DESC LIMIT 1
        """;

    private const string MinutesOfPoints = """
        SELECT
        metric_name,
        tags,
        time_bucket('1 minute', timestamp) AS bucket,
        MIN(value) AS min_val,
        MAX(value) AS max_val,
        AVG(value) AS avg_val,
        SUM(value) AS sum_val,
        COUNT(*) AS count_val,
        percentile_cont(0.50) WITHIN GROUP (ORDER BY value) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99
        FROM metric_points
        GROUP BY metric_name, tags, bucket;
        """;

    private const string HoursOfMinutes = """
        SELECT
        metric_name,
        tags,
        time_bucket('1 hour', bucket) AS bucket,
        MIN(min_val) AS min_val,
        MAX(max_val) AS max_val,
        SUM(avg_val * count_val) / SUM(count_val) AS avg_val,
        SUM(sum_val) AS sum_val,
        SUM(count_val) AS count_val
        FROM metric_rollup_1m_cagg
        GROUP BY metric_name, tags, time_bucket('1 hour', bucket);
        """;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition Latency = Series("api.request.duration", MetricKind.Distribution, ("env", "production"), ("service", "checkout"));

    private PostgresHarness? _harness;

    private string Database => _harness!.ConnectionString;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null && PostgresTestServer.IsOwn ? await PostgresHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    /// <summary>As its driver sends it: parameters quoted into their places.</summary>
    [PostgresFact(OwnServer = true)]
    public async Task AlertEvaluatorsQuery_Runs()
    {
        long now = Core.Windows.Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Minute);
        await AppendAsync(now - (20 * Minute), 100, 200);
        Assert.Equal("", await AskAsync("'api.request.duration'", """'{"env": "production"}'""", "5"));
        await AppendAsync(now - (2 * Minute), 1, 9);
        await AppendAsync(now - Minute, 11, 19);
        Assert.Equal("15", await AskAsync("'api.request.duration'", """'{"env": "production"}'""", "5"));
        Assert.Equal("", await AskAsync("'api.request.duration'", """'{"env": "staging"}'""", "5"));
        Assert.Equal("", await AskAsync("'none'", "'{}'", "5"));
        Assert.Equal("15", await AskAsync("'api.request.duration'", "'{}'", "60"));
    }

    /// <summary>The bodies of the two continuous aggregates: what they would give, and what the store's own rollups give.</summary>
    [PostgresFact(OwnServer = true)]
    public async Task ContinuousAggregates_OverPointsAndMinutes_Run()
    {
        long[] times = [.. Enumerable.Range(0, 180).Select(i => T0 + (i * 1000L))];
        double[] values = [.. Enumerable.Range(0, 180).Select(i => (double)i)];
        // Whichever way they are kept, and sets, whose values are hashes, not at all.
        await _harness!.Store.AppendRawAsync(
            [
                new RawBlock(Latency, times[..60], values[..60], null), new RawBlock(Latency, times[60..], values[60..], null) { Keep = TimeSpan.FromDays(2) },
                new RawBlock(Series("users", MetricKind.Set), [T0], [4e200], null),
            ],
            Cursor("*", 1, stream: FlushStream.Raw), None);
        const string Tags = """{"env": "production", "service": "checkout"}""";
        string[] minutes = (await PostgresTestServer.PsqlAsync(Database, MinutesOfPoints)).Split('\n');
        Assert.Equal(
            [
                $"api.request.duration|{Tags}|2025-03-10 00:00:00+00|0|59|29.5|1770|60|29.5|56.05|58.41",
                $"api.request.duration|{Tags}|2025-03-10 00:01:00+00|60|119|89.5|5370|60|89.5|116.05|118.41",
                $"api.request.duration|{Tags}|2025-03-10 00:02:00+00|120|179|149.5|8970|60|149.5|176.05|178.41",
            ], minutes.Order(StringComparer.Ordinal));

        for (int minute = 0; minute < 3; minute++)
        {
            await AppendAsync(T0 + (minute * Minute), minute * 60, (minute * 60) + 59);
        }
        Assert.Equal($"api.request.duration|{Tags}|2025-03-10 00:00:00+00|0|179|89.5|16110|180", await PostgresTestServer.PsqlAsync(Database, HoursOfMinutes));
        await _harness.Store.DeriveAsync(T0 + (2 * Day), None);
        Assert.Equal($"{Tags}|2025-03-10 00:00:00+00|0|179|89.5|16110|180", await PostgresTestServer.PsqlAsync(
            Database, "SELECT tags, bucket, min_val, max_val, avg_val, sum_val, count_val FROM metric_rollup_1h_cagg WHERE metric_name = 'api.request.duration'"));
    }

    /// <summary>What was written for the design's tables finds its columns, and values of its types.</summary>
    [PostgresFact(OwnServer = true)]
    public async Task Views_HaveTheTablesColumnsAndTypes()
    {
        const string Rollup = "metric_name:text, tags:jsonb, bucket:timestamp with time zone, min_val:double precision, max_val:double precision, avg_val:double precision, sum_val:double precision, count_val:bigint, p50:double precision, p95:double precision, p99:double precision";
        foreach ((string view, string columns) in new[]
        {
            ("metric_points", "metric_name:text, tags:jsonb, value:double precision, timestamp:timestamp with time zone"),
            ("metric_rollup_1m", Rollup), ("metric_rollup_1h", Rollup), ("metric_rollup_1d", Rollup), ("metric_rollup_1m_cagg", Rollup), ("metric_rollup_1h_cagg", Rollup),
        })
        {
            Assert.Equal(columns, await PostgresTestServer.PsqlAsync(
                Database, $"SELECT string_agg(column_name || ':' || data_type, ', ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = '{view}'"));
        }
    }

    private Task<string> AskAsync(params string[] parameters)
    {
        string sql = EvaluatorsQuery;
        foreach (string parameter in parameters)
        {
            int at = sql.IndexOf("%s", StringComparison.Ordinal);
            sql = sql[..at] + parameter + sql[(at + 2)..];
        }
        return PostgresTestServer.PsqlAsync(Database, sql + ";");
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
}
