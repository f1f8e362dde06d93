using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Postgres;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>What TimescaleDB adds, on either of its editions.</summary>
public sealed class TimescaleTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));
    private static readonly Retention Kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    [PostgresFact(Timescale = true)]
    public async Task Open_DatabaseThatGainedTheExtension_GainsHypertablesAndKeepsItsRows()
    {
        string database = await PostgresTestServer.CreateDatabaseAsync(extension: false);
        await using (PostgresStore plain = await OpenAsync(database))
        {
            Assert.Equal(PostgresEdition.Plain, plain.Server.Edition);
            Assert.Contains("CREATE EXTENSION", plain.Server.Description, StringComparison.Ordinal);
            await FillAsync(plain);
        }
        // Somebody's own view, made of what plain PostgreSQL is given instead of TimescaleDB's time_bucket.
        const string FiveMinutes = "SELECT time_bucket('5 minutes', bucket) AS at, sum(sum_val) AS total FROM metric_rollup_1m GROUP BY 1";
        await PostgresTestServer.ExecuteAsync(database, $"CREATE VIEW five_minutes AS {FiveMinutes}");
        await PostgresTestServer.ExecuteAsync(database, "CREATE EXTENSION timescaledb");
        for (int start = 0; start < 2; start++)
        {
            await using PostgresStore store = await OpenAsync(database);
            Assert.NotEqual(PostgresEdition.Plain, store.Server.Edition);
            Assert.Equal(5L, await PostgresTestServer.ExecuteAsync(database, "SELECT count(*) FROM timescaledb_information.hypertables"));
            Assert.Equal(10.0, await SumAsync(store, StoredResolution.OneDay));
            Assert.Equal(10.0, await PostgresTestServer.ExecuteAsync(database, "SELECT sum(sum_val) FROM metric_rollup_1m"));
            Assert.Equal(1L, await PostgresTestServer.ExecuteAsync(database, "SELECT count(*) FROM metric_points"));
            Assert.Equal(4L, await PostgresTestServer.ExecuteAsync(database, $"SELECT count(*) FROM ({FiveMinutes}) AS f JOIN five_minutes USING (at, total)"));
        }
        await PostgresTestServer.DropDatabaseAsync(database);
    }

    [PostgresFact(Timescale = true)]
    public async Task CompressedChunks_TakeLateRowsAndAreReadDerivedFoldedAndDropped()
    {
        string database = await PostgresTestServer.CreateDatabaseAsync();
        await using (PostgresStore store = await OpenAsync(database))
        {
            await FillAsync(store);
            await store.DeriveAsync(T0 + (6 * Day), None);
            if (store.Server.Edition == PostgresEdition.TimescaleCommunity)
            {
                Assert.Equal(3L, await PostgresTestServer.ExecuteAsync(database, "SELECT count(*) FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'"));
                Assert.True((long)(await PostgresTestServer.ExecuteAsync(
                    database, "SELECT count(compress_chunk(c)) FROM (SELECT show_chunks('rollup_1m') UNION ALL SELECT show_chunks('rollup_1h') UNION ALL SELECT show_chunks('raw_block')) AS t(c)"))! >= 6);
            }
            await store.AppendAsync([One(A, T0 + Day, 100), One(A, T0 + Day, 100)], None);
            await store.AppendRawAsync([new RawBlock(A, [T0 + 1], [7], null)], Cursor("*", 2, stream: FlushStream.Raw), None);
            Assert.Equal(210.0, await SumAsync(store, StoredResolution.OneDay));
            Assert.Equal(2, await store.DeriveAsync(T0 + (6 * Day), None));
            Assert.Equal(210.0, await SumAsync(store, StoredResolution.OneHour));
            Assert.Equal(2, await store.CompactAsync(T0 + (6 * Day), None));
            Assert.Equal(210.0, await SumAsync(store, StoredResolution.OneMinute));
            AggregateFrame raw = (await store.ReadRawAsync("requests", Query(T0, T0 + Minute, Minute), None))!;
            Assert.Equal(8, raw.Groups[0].Points[0].Aggregate.Sum);
            await store.RetainAsync(T0 + (32 * Day), Kept, None);
            Assert.Equal(7.0, await SumAsync(store, StoredResolution.OneMinute));
            Assert.Equal(210.0, await SumAsync(store, StoredResolution.OneDay));
            Assert.Equal(0L, await PostgresTestServer.ExecuteAsync(database, "SELECT count(*) FROM metric_points"));
        }
        await PostgresTestServer.DropDatabaseAsync(database);
    }

    private static async Task FillAsync(PostgresStore store)
    {
        await store.AppendAsync([Of([A], [Row(0, T0, 1), Row(0, T0 + Day, 2), Row(0, T0 + (2 * Day), 3), Row(0, T0 + (3 * Day), 4)])], None);
        await store.AppendRawAsync([new RawBlock(A, [T0], [1], null)], Cursor("*", 1, stream: FlushStream.Raw), None);
    }

    private static async Task<double> SumAsync(PostgresStore store, StoredResolution resolution) =>
        (await store.ReadAsync("requests", resolution, Query(T0, T0 + (10 * Day), Day, []), None))!.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum));

    private static async Task<PostgresStore> OpenAsync(string database)
    {
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = database }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }
}
