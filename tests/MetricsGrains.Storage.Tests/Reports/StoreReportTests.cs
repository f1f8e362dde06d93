using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Reports;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Storage.Tests.Postgres;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Reports;

/// <summary>What reports say of a store whose rows can be counted.</summary>
public sealed class StoreReportTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Retention s_kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-report-").FullName;

    private string StorePath => Path.Combine(_folder, "metrics.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sqlite_BesideAWritingStore_CountsWhatIsThere()
    {
        await using SqliteStore store = await OpenAsync();
        await new StoreFill(1).FillAsync(store);

        StoreReport report = await new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(), None);

        await CheckAsync(report, store);
        Assert.Equal(new FileInfo(StorePath).Length + new FileInfo(StorePath + "-wal").Length, report.SizeBytes);
        Assert.Equal("ok", report.Integrity);
        Assert.Null(report.HoursToCompact);
        // Written to while and after it was looked at.
        await store.AppendAsync([One(Series("later", MetricKind.Gauge), T0, 1)], None);
        Assert.Equal(report.MetricCount + 1, (await new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(), None)).MetricCount);
    }

    [PostgresFact]
    public async Task Postgres_BesideAWritingStore_CountsWhatIsThere()
    {
        string database = await PostgresTestServer.CreateDatabaseAsync();
        await using (PostgresStore store = new(new PostgresStoreOptions { ConnectionString = database }, TimeProvider.System))
        {
            await store.OpenAsync(None);
            await new StoreFill(1).FillAsync(store);

            StoreReport report = await new PostgresReport(database, TimeProvider.System).ReadAsync(Scope(check: false), None);

            await CheckAsync(report, store);
            Assert.Null(report.Integrity);
            // Of partial minutes some are in hours that were derived, so that compaction knows of them, and some in hours that are to be.
            long before = report.Tables.Single(t => t.Name == "1m").PartialRows!.Value;
            Assert.True(before > 0);
            await store.DeriveAsync(StoreFill.EndMs + Day, None);
            Assert.True((await new PostgresReport(database, TimeProvider.System).ReadAsync(Scope(check: false), None)).HoursToCompact > 0);
            long folded = await store.CompactAsync(StoreFill.EndMs + Day, None);
            StoreReport after = await new PostgresReport(database, TimeProvider.System).ReadAsync(Scope(check: false), None);
            Assert.Equal((before, 0L, 0L, 0L), (folded, after.Tables.Single(t => t.Name == "1m").PartialRows, after.HoursToCompact, after.HoursToDerive));
        }
        await PostgresTestServer.DropDatabaseAsync(database);
    }

    [Fact]
    public async Task Sqlite_Quick_ReadsNoRows()
    {
        await using SqliteStore store = await OpenAsync();
        await new StoreFill(2).FillAsync(store);
        StoreReport report = await new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(rows: false, check: false), None);
        Assert.Null(report.MetricsBySize);
        Assert.Null(report.Integrity);
        Assert.All(report.Tables, t => Assert.Equal((null, null), (t.Bytes, t.PartialRows)));
        Assert.Equal((await store.StatusAsync(None)).Rollups1m, report.Tables.Single(t => t.Name == "1m").Rows);
    }

    [Fact]
    public async Task Sqlite_Damaged_IsSaid()
    {
        await using (SqliteStore store = await OpenAsync())
        {
            await new StoreFill(3).FillAsync(store);
        }
        byte[] bytes = await File.ReadAllBytesAsync(StorePath);
        bytes.AsSpan(bytes.Length - (6 * 4096)).Fill(0xFF);
        await File.WriteAllBytesAsync(StorePath, bytes);
        StoreReport report = await new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(rows: false), None);
        Assert.NotEqual("ok", report.Integrity);
    }

    [Fact]
    public async Task Sqlite_NoStoreOrAnotherProgramsFile_IsRefusedAndNothingIsMade()
    {
        await Assert.ThrowsAsync<StoreConfigurationException>(() => new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(), None));
        Assert.False(File.Exists(StorePath));
        using (var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute("CREATE TABLE customers (id INTEGER)");
        }
        await Assert.ThrowsAsync<StoreConfigurationException>(() => new SqliteReport(StorePath, TimeProvider.System).ReadAsync(Scope(), None));
    }

    private static ReportScope Scope(bool rows = true, bool check = true) => new(rows, check, 4, s_kept);

    private async Task<SqliteStore> OpenAsync()
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = StorePath }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }

    private static async Task CheckAsync(StoreReport report, IMetricStore store)
    {
        StoreStatus status = await store.StatusAsync(None);
        Assert.Equal((6, status.SeriesCount), (report.MetricCount, report.SeriesCount));
        Assert.Equal(["1m", "1h", "1d", "raw", "raw_brief", "annotation"], report.Tables.Select(t => t.Name));
        TableReport minutes = report.Tables[0], annotations = report.Tables[5];
        Assert.Equal(status.Rollups1m, minutes.Rows);
        Assert.Equal(status.RawBlocks, report.Tables[3].Rows + report.Tables[4].Rows);
        Assert.Equal(120, annotations.Rows);
        // The second day is the first of which minutes are kept; of late rows in the third there are two of each.
        Assert.Equal((T0 + Day, T0 + Day, s_kept.OneMinute), (minutes.OldestMs / Day * Day, minutes.DroppedThroughMs, minutes.Kept));
        Assert.Equal(StoreFill.EndMs + (20 * Minute) - Minute, minutes.NewestMs);
        Assert.True(minutes.PartialRows > 0 && report.HoursToDerive > 0 && report.DaysToDerive > 0);
        Assert.All(report.Tables, t => Assert.True(t.Rows > 0 && t.Bytes > 0 && t.Bytes < report.SizeBytes && t.Partitions > 0 && t.OldestMs < t.NewestMs, t.ToString()));
        Assert.Equal(4, report.MetricsBySize!.Count);
        Assert.Equal(report.MetricsBySize.OrderByDescending(m => m.Bytes), report.MetricsBySize);
        // Sets and distributions have sketches.
        Assert.Contains(report.MetricsBySize[0].Kind, (string[])["set", "distribution", "histogram"]);
        Assert.Equal(["node/1 raw", "node/1 rollup", "node/2 rollup"], report.Cursors.Select(c => $"{c.Origin} {c.Stream}").Order(StringComparer.Ordinal));
        CursorReport raw = report.Cursors.Single(c => c.Stream == "raw"), rollup = report.Cursors.First(c => c is { Stream: "rollup", Origin: "node/1" });
        Assert.Equal((1, 6, rollup.AppliedThrough - raw.AppliedThrough, 0ul), (raw.Cursors, rollup.Cursors, raw.BehindRecords, rollup.BehindRecords));
        Assert.Equal(report.AtMs - rollup.OpenFromMs, rollup.LagMs);
    }
}
