using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>What is true of SQLite only.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-sqlite-").FullName;

    private string PathOf(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Open_MissingFolder_IsMade()
    {
        await using SqliteStore store = await OpenAsync(Path.Combine("a", "b", "store.db"));
        Assert.True(File.Exists(PathOf("a/b/store.db")));
    }

    [Fact]
    public async Task Open_Garbage_IsRefused()
    {
        await File.WriteAllBytesAsync(PathOf("store.db"), [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i * 31))]);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync());
        Assert.Contains("not a SQLite database", fault.Message, StringComparison.Ordinal);
        Assert.Equal(10_000, new FileInfo(PathOf("store.db")).Length);
    }

    [Fact]
    public async Task Open_SomeoneElsesDatabase_IsRefused()
    {
        await (await OpenAsync("ours.db")).DisposeAsync();
        Execute("theirs.db", "CREATE TABLE customers (id INTEGER)");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync("theirs.db"));
        Assert.Contains("not one of MetricsGrains", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("store.db", "INSERT INTO schema_version VALUES (9999, 0, '')");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync());
        Assert.Contains("9999", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MigrationOfAnotherBuild_IsRefused()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("store.db", "UPDATE schema_version SET checksum = 'x'");
        await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync());
    }

    [Fact]
    public async Task Open_StoreOfTheFirstVersion_IsBroughtToThisOneAndKeepsItsRows()
    {
        using (SqliteConnection old = Connect("store.db"))
        {
            old.Execute($"""
                PRAGMA application_id = {0x4D475253}; PRAGMA journal_mode = WAL; {SqliteSchema.Metrics.Migrations[0]}
                INSERT INTO schema_version VALUES (1, 0, '{SqliteSchema.ChecksumOf(SqliteSchema.Metrics.Migrations[0])}');
                INSERT INTO metric VALUES (1, 'old', 'OLD', 1, '', 0, 0, {T0});
                """);
        }
        await using SqliteStore store = await OpenAsync();
        Assert.NotNull(await store.FindMetricAsync("old", None));
        await store.AppendAnnotationsAsync([new Annotation(Guid.NewGuid(), T0, "a", "", "info", "", "", "", TagSet.Empty)], None);
        using SqliteConnection reader = Connect("store.db");
        Assert.Equal((SqliteSchema.Metrics.Migrations.Count, 1), (reader.Scalar("SELECT max(version) FROM schema_version"), reader.Scalar("SELECT count(*) FROM annotation WHERE title = 'a'")));
    }

    [Fact]
    public async Task Open_PathIsAFolder_IsRefused()
    {
        Directory.CreateDirectory(PathOf("folder.db"));
        await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync("folder.db"));
    }

    [Fact]
    public async Task Open_AfterUncleanStop_FindsWhatWasAppended()
    {
        await using SqliteStore store = await OpenAsync();
        await store.AppendAsync([Of([A], [Row(0, T0, 5)], Cursor("requests", 3))], None);
        CopyAsIfKilled();
        await using SqliteStore copy = await OpenAsync("copy.db");
        Assert.Equal(3ul, Assert.Single(await copy.ReadCursorsAsync(None)).AppliedThrough);
        Assert.Equal(1, (await copy.StatusAsync(None)).Rollups1m);
    }

    [Fact]
    public async Task Open_DamagedAfterUncleanStop_IsRefusedWithAdvice()
    {
        await using SqliteStore store = await OpenAsync();
        SeriesDefinition[] series = [.. Enumerable.Range(0, 500).Select(i => Series("wide", MetricKind.Gauge, ("host", $"h{i}")))];
        await store.AppendAsync([Of(series, [.. series.Select((_, i) => Row(i, T0, i))])], None);
        CopyAsIfKilled();
        Execute("copy.db", "PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] bytes = await File.ReadAllBytesAsync(PathOf("copy.db"));
        bytes.AsSpan(bytes.Length - (6 * 4096)).Fill(0xFF);
        await File.WriteAllBytesAsync(PathOf("copy.db"), bytes);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync("copy.db"));
        Assert.Contains("backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_NoRoom_IsUnavailableAndNothingOfItIsThereAndRecovers()
    {
        var options = new SqliteStoreOptions { Path = PathOf("store.db"), MaxSizeBytes = 400_000 };
        await using (var store = new SqliteStore(options, TimeProvider.System))
        {
            await store.OpenAsync(None);
            await store.AppendAsync([Of([A], [Row(0, T0, 1)], Cursor("requests", 1))], None);
            SeriesDefinition[] many = [.. Enumerable.Range(0, 10_000).Select(i => Series("requests", MetricKind.Counter, ("host", $"host-{i}")))];
            StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => store.AppendAsync([Of(many, [.. many.Select((_, i) => Row(i, T0, 1))], Cursor("requests", 2))], None));
            Assert.Contains("no room", fault.Message, StringComparison.Ordinal);
            await store.AppendAsync([Of([A], [Row(0, T0, 1)], Cursor("requests", 3))], None);
        }
        await using SqliteStore again = await OpenAsync();
        StoreStatus status = await again.StatusAsync(None);
        Assert.Equal((2, 1), (status.Rollups1m, status.SeriesCount));
        Assert.Equal(3ul, Assert.Single(await again.ReadCursorsAsync(None)).AppliedThrough);
    }

    [Fact]
    public async Task Append_LockedByAnother_IsUnavailableThenWorks()
    {
        await using var store = new SqliteStore(new SqliteStoreOptions { Path = PathOf("store.db"), BusyTimeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
        await store.OpenAsync(None);
        using (SqliteConnection other = Connect("store.db"))
        {
            other.Execute("BEGIN IMMEDIATE");
            StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync([One(A, T0, 1)], None));
            Assert.Contains("locked", fault.Message, StringComparison.Ordinal);
            other.Execute("ROLLBACK");
        }
        await store.AppendAsync([One(A, T0, 1)], None);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(10, true)]
    [InlineData(13, true)]
    [InlineData(14, true)]
    [InlineData(8, false)]
    [InlineData(11, false)]
    [InlineData(26, false)]
    public void Faults_ResultCodes_AreMappedByWhetherTryingAgainHelps(int code, bool unavailable)
    {
        Exception mapped = SqliteFaults.Map(new SqliteException("said", code), "/data/store.db");
        Assert.Equal(unavailable, mapped is StoreUnavailableException);
        Assert.Equal(!unavailable, mapped is StoreConfigurationException);
        Assert.Contains("/data/store.db", mapped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retain_DropsTablesAndGivesSpaceBack()
    {
        await using SqliteStore store = await OpenAsync();
        SeriesDefinition[] many = [.. Enumerable.Range(0, 2_000).Select(i => Series("requests", MetricKind.Counter, ("host", $"host-{i}")))];
        await store.AppendAsync([Of(many, [.. many.SelectMany((_, i) => new[] { Row(i, T0, 1), Row(i, T0 + Minute, 1), Row(i, T0 + Hour, 1) }), Row(0, T0 + Day, 1)])], None);
        Assert.Equal(["rollup_1m_20250310", "rollup_1m_20250311"], Tables("rollup_1m_%"));
        long before = Pages();
        await store.RetainAsync(T0 + (32 * Day), new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(31), TimeSpan.FromDays(40), TimeSpan.FromDays(1825)), None);
        Assert.Equal(["rollup_1m_20250311"], Tables("rollup_1m_%"));
        Assert.Equal(["rollup_1h_202503"], Tables("rollup_1h_%"));
        Assert.Equal(["rollup_1d_2025"], Tables("rollup_1d_%"));
        Assert.True(Pages() < before + 200, $"{before} pages before, {Pages()} after");
    }

    [Fact]
    public async Task Views_HaveTheFamiliarShape()
    {
        await using SqliteStore store = await OpenAsync();
        await store.AppendAsync([Of([A], [Row(0, T0, 1, 3), Row(0, T0 + Minute, 10)])], None);
        await store.AppendAsync([One(A, T0, 5)], None);
        await store.DeriveAsync(T0 + (2 * Day), None);
        using SqliteConnection reader = Connect("store.db");
        foreach ((string view, double sum) in new[] { ("metric_rollup_1m", 9.0), ("metric_rollup_1h", 19.0), ("metric_rollup_1d", 19.0) })
        {
            using var statement = new Statement(reader, $"SELECT sum_val, min_val, tags, bucket, max_val, avg_val, count_val, p50, p95, p99 FROM {view} WHERE metric_name = 'requests' ORDER BY bucket");
            Assert.True(statement.Step());
            Assert.Equal((sum, 1.0, """{"host":"a"}""", T0), (statement.Real(0), statement.Real(1), statement.Text(2), statement.Int64(3)));
        }
    }

    [Fact]
    public async Task Read_DamagedSketchAndBlock_AreCountedAndLeftOut()
    {
        await using SqliteStore store = await OpenAsync();
        await store.AppendRawAsync([new RawBlock(A, [T0], [1], null), new RawBlock(A, [T0 + 1], [2], null)], Cursor("*", 1, stream: FlushStream.Raw), None);
        Execute("store.db", "UPDATE raw_20250310 SET block = x'0102' WHERE id = 1");
        Assert.Equal(2, (await store.ReadRawAsync("requests", Query(T0, T0 + Minute, Minute), None))!.Groups[0].Points[0].Aggregate.Sum);
        Assert.Equal(1, store.Damaged);
    }

    [Fact]
    public async Task Dispose_Twice_AndThenUse_SaysDisposed()
    {
        SqliteStore store = await OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.FindMetricAsync("x", None));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.AppendAsync([], None));
        Assert.Equal([PathOf("store.db")], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Read_StepNotAMultipleOfTheResolution_Throws()
    {
        await using SqliteStore store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => store.ReadAsync("x", StoredResolution.OneHour, Query(T0, T0 + Hour, Minute), None));
    }

    /// <summary>Landed migrations are never edited: a store in the field would refuse to open.</summary>
    [Fact]
    public void Migrations_Landed_AreUnchanged() => Assert.Equal(["ecdc5012d7af2add3ef938a5f8f91375ea3a18468d2f43e21decd439fe613ce2", "d576a606109bce4831992af960a15b8a91728ebf373fe2c57c933dc1381afaed"], SqliteSchema.Metrics.Migrations.Select(SqliteSchema.ChecksumOf));

    private async Task<SqliteStore> OpenAsync(string name = "store.db")
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = PathOf(name) }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }

    /// <summary>What a killed process leaves: the file and its journal as they are, without the mark of an orderly end.</summary>
    private void CopyAsIfKilled()
    {
        File.Copy(PathOf("store.db"), PathOf("copy.db"));
        File.Copy(PathOf("store.db-wal"), PathOf("copy.db-wal"));
    }

    private SqliteConnection Connect(string name)
    {
        var connection = new SqliteConnection($"Data Source={PathOf(name)};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Execute(string name, string sql)
    {
        using SqliteConnection connection = Connect(name);
        connection.Execute(sql);
    }

    private List<string> Tables(string like)
    {
        using SqliteConnection connection = Connect("store.db");
        using var statement = new Statement(connection, $"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '{like}' ORDER BY name");
        var names = new List<string>();
        while (statement.Step())
        {
            names.Add(statement.Text(0));
        }
        return names;
    }

    private long Pages()
    {
        using SqliteConnection connection = Connect("store.db");
        return connection.Scalar("PRAGMA page_count");
    }
}
