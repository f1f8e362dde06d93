using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Storage.Tests.Postgres;
using MetricsGrains.Storage.Transfer;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Transfer;

/// <summary>A SQLite store copied into PostgreSQL: everything, once, or not finished.</summary>
public sealed class StoreTransferTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly long s_from = T0 - Day;
    private static readonly long s_to = StoreFill.EndMs + Day;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-transfer-").FullName;
    private string _database = "";

    private string SourcePath => Path.Combine(_folder, "metrics.db");

    public async Task InitializeAsync()
    {
        if (PostgresTestServer.Missing is null)
        {
            _database = await PostgresTestServer.CreateDatabaseAsync();
        }
    }

    public async Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        if (_database.Length > 0)
        {
            await PostgresTestServer.DropDatabaseAsync(_database);
        }
    }

    [PostgresFact]
    public async Task Run_StoreOfEverything_TargetAnswersTheSameAndIsVerified()
    {
        string answers = await FillAsync(new StoreFill(1));
        List<TransferProgress> progress = [];

        TransferResult result = await new StoreTransfer(Options(), TimeProvider.System).RunAsync(progress.Add, None);

        Assert.Empty(result.Mismatches);
        Assert.Equal((false, null, 0), (result.Resumed, result.AlreadyFinished, result.DamagedBlocks));
        Assert.Equal(["metrics", "series", "minutes", "hours", "days", "raw samples", "brief raw samples", "annotations", "cursors", "to derive", "dropped"], result.Tables.Select(t => t.Name));
        Assert.All(result.Tables, t => Assert.True(t.Source.Rows > 0 && t.Source.Digest == t.Target.Digest && t.Source.Samples == t.Target.Samples, t.ToString()));
        Assert.All(result.Metrics, m => Assert.Equal((m.Source.Digest, m.Source.Sum), (m.Target.Digest, m.Target.Sum)));
        TransferProgress copied = progress.Last(p => p.Stage == TransferStage.Copying);
        Assert.Equal((copied.Total, result.RowsCopied), (copied.Done, copied.Done));
        Assert.Equal(answers, await AnswersOfTargetAsync());
    }

    [PostgresFact]
    public async Task Run_ThenDerivedAndCompactedAndAppended_BothStoresGoOnAlike()
    {
        await FillAsync(new StoreFill(2));
        await RunAsync();
        await using PostgresStore target = await OpenTargetAsync();
        await using SqliteStore source = await OpenSourceAsync();
        Assert.True(await target.CompactAsync(s_to, None) > 0);
        foreach (IMetricStore store in (IMetricStore[])[source, target])
        {
            await store.DeriveAsync(s_to, None);
            // A new series, a known one, and a repeat of what the cursor says is there.
            SeriesDefinition known = Series("fill.gauge", MetricKind.Gauge, ("host", "host-0"), ("quote", "a\"b\\u0000\u00e9")), added = Series("fill.gauge", MetricKind.Gauge, ("host", "new"));
            await store.AppendAsync([Of([known, added], [Row(0, T0 + (3 * Day), 5), Row(1, T0 + (3 * Day), 7)], Cursor("fill.gauge", ulong.MaxValue, s_to, "node/1"))], None);
            await store.AppendAsync([Of([known, added], [Row(0, T0 + (3 * Day), 5), Row(1, T0 + (3 * Day), 7)], Cursor("fill.gauge", ulong.MaxValue, s_to, "node/1"))], None);
            await store.AppendRawAsync([new RawBlock(known, [T0 + (3 * Day)], [11], null)], Cursor("*", 1_000_000, s_to, "node/1", FlushStream.Raw), None);
        }
        Assert.Equal(await StoreAnswers.OfAsync(source, s_from, s_to), await StoreAnswers.OfAsync(target, s_from, s_to));
        Assert.True((await target.StatusAsync(None)).RawBlocks >= (await source.StatusAsync(None)).RawBlocks);
    }

    [PostgresTheory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Run_StoppedAgainAndAgain_GoesOnAndDoublesNothing(int batchRows)
    {
        string answers = await FillAsync(new StoreFill(3) { SeriesPerMetric = batchRows == 1 ? 1 : 3, MinutesPerDay = batchRows == 1 ? 12 : 80 });
        var random = new Random(4);
        TransferResult? result = null;
        int attempts = 0;
        while (result is null)
        {
            attempts++;
            using var stop = new CancellationTokenSource();
            // Later and later, for what is copied stays, but a comparison that was stopped begins anew.
            int left = random.Next(1, (batchRows == 1 ? 60 : 10) + (2 * attempts));
            try
            {
                result = await new StoreTransfer(Options(batchRows), TimeProvider.System).RunAsync(
                    _ =>
                    {
                        if (left-- == 0)
                        {
                            stop.Cancel();
                        }
                    }, stop.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }
        Assert.True(attempts > 3, $"only {attempts} attempts");
        Assert.Empty(result.Mismatches);
        Assert.True(result.Resumed);
        Assert.Equal(answers, await AnswersOfTargetAsync());
    }

    [PostgresFact(OwnServer = true)]
    public async Task Run_ConnectionsCutAtAnyMoment_GoesOnAndDoublesNothing()
    {
        string answers = await FillAsync(new StoreFill(5));
        var random = new Random(6);
        string name = new Npgsql.NpgsqlConnectionStringBuilder(_database).Database!;
        TransferResult? result = null;
        for (int cuts = 0; result is null;)
        {
            try
            {
                result = await new StoreTransfer(Options(50), TimeProvider.System).RunAsync(
                    _ =>
                    {
                        if (cuts < 40 && random.Next(3) == 0)
                        {
                            cuts++;
                            Execute($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'metricsgrains'");
                        }
                    }, None);
            }
            catch (StoreUnavailableException)
            {
                // Cut four times in a row: an operator would run it again.
            }
        }
        Assert.Empty(result.Mismatches);
        Assert.Equal(answers, await AnswersOfTargetAsync());
    }

    [PostgresFact]
    public async Task Run_AfterItFinished_DoesNothingAndSaysWhen()
    {
        await FillAsync(new StoreFill(7));
        await RunAsync();
        TransferResult again = await RunAsync();
        Assert.NotNull(again.AlreadyFinished);
        Assert.Equal(0, again.RowsCopied);
    }

    [PostgresFact]
    public async Task Run_SourceWrittenToSince_IsRefusedBothWays()
    {
        await FillAsync(new StoreFill(8));
        await StopInTheMiddleAsync();
        await using (SqliteStore source = await OpenSourceAsync())
        {
            await source.AppendAsync([One(Series("late", MetricKind.Gauge), s_to, 1)], None);
        }
        Assert.Contains("--restart", (await Assert.ThrowsAsync<StoreConfigurationException>(() => RunAsync())).Message, StringComparison.Ordinal);

        TransferResult result = await new StoreTransfer(Options(restart: true), TimeProvider.System).RunAsync(_ => { }, None);

        Assert.Equal((0, false), (result.Mismatches.Count, result.Resumed));
        await using (SqliteStore source = await OpenSourceAsync())
        {
            await source.AppendAsync([One(Series("later", MetricKind.Gauge), s_to, 1)], None);
        }
        Assert.Contains("written to since", (await Assert.ThrowsAsync<StoreConfigurationException>(() => RunAsync())).Message, StringComparison.Ordinal);
        Assert.Contains("written to since", (await Assert.ThrowsAsync<StoreConfigurationException>(
            () => new StoreTransfer(Options(restart: true), TimeProvider.System).RunAsync(_ => { }, None))).Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_TargetHoldsMetrics_IsRefusedAndLeftAsItIs()
    {
        await FillAsync(new StoreFill(9));
        await using (PostgresStore target = await OpenTargetAsync())
        {
            await target.AppendAsync([One(Series("theirs", MetricKind.Gauge), T0, 1)], None);
            Assert.Contains("holds metrics already", (await Assert.ThrowsAsync<StoreConfigurationException>(() => RunAsync())).Message, StringComparison.Ordinal);
            Assert.Equal("theirs", Assert.Single(await target.ListMetricsAsync("", "", 10, None)).Name);
        }
    }

    [PostgresFact]
    public async Task Run_Unfinished_NodesCanNeitherStartOnTheTargetNorWriteToIt()
    {
        await FillAsync(new StoreFill(10));
        await using PostgresStore running = await OpenTargetAsync();
        await StopInTheMiddleAsync();

        Assert.Contains("not finished", (await Assert.ThrowsAsync<StoreConfigurationException>(OpenTargetAsync)).Message, StringComparison.Ordinal);
        Assert.Contains("not finished", (await Assert.ThrowsAsync<StoreUnavailableException>(
            () => running.AppendAsync([One(Series("theirs", MetricKind.Gauge), T0, 1)], None))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => running.RetainAsync(s_to, new Retention(TimeSpan.FromDays(1), TimeSpan.FromDays(1), TimeSpan.FromDays(1), TimeSpan.FromDays(1)), None));

        Assert.Empty((await RunAsync()).Mismatches);
        await running.AppendAsync([One(Series("theirs", MetricKind.Gauge), T0, 1)], None);
        await (await OpenTargetAsync()).DisposeAsync();
    }

    [PostgresFact]
    public async Task Run_SourceOpenElsewhere_IsRefused()
    {
        await FillAsync(new StoreFill(11));
        await using SqliteStore node = await OpenSourceAsync();
        Assert.Contains("stop the node", (await Assert.ThrowsAsync<StoreUnavailableException>(() => RunAsync())).Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_WhileItRuns_TheSourceCannotBeOpened()
    {
        await FillAsync(new StoreFill(12));
        Exception? refused = null;
        await new StoreTransfer(Options(), TimeProvider.System).RunAsync(
            p => refused ??= p.Stage != TransferStage.Copying ? null : Record.Exception(() =>
            {
                using var connection = new SqliteConnection($"Data Source={SourcePath};Pooling=False");
                connection.Open();
                connection.Execute("SELECT count(*) FROM metric");
            }), None);
        Assert.Contains("locked", Assert.IsType<SqliteException>(refused).Message, StringComparison.Ordinal);
        await (await OpenSourceAsync()).DisposeAsync();
    }

    [PostgresFact]
    public async Task Run_TargetTamperedWithBeforeTheEnd_IsAMismatchAndNodesStayOut()
    {
        await FillAsync(new StoreFill(13));
        bool done = false;
        TransferResult result = await new StoreTransfer(Options(), TimeProvider.System).RunAsync(
            p =>
            {
                if (p.Stage == TransferStage.Verifying && !done)
                {
                    done = true;
                    Execute("""
                        UPDATE rollup_1h SET sketch = sketch || '\x00' WHERE ctid = (SELECT min(ctid) FROM rollup_1h WHERE sketch IS NOT NULL);
                        DELETE FROM raw_block WHERE (min_ts, metric_id, series_id, seq) = (SELECT min_ts, metric_id, series_id, seq FROM raw_block LIMIT 1);
                        UPDATE flush_cursor SET open_from = open_from + 1 WHERE metric = '*';
                        """);
                }
            }, None);
        Assert.False(result.IsVerified);
        Assert.Contains(result.Mismatches, m => m.StartsWith("rollup_1h_202503", StringComparison.Ordinal));
        Assert.Contains(result.Mismatches, m => m.StartsWith("raw_2025", StringComparison.Ordinal));
        Assert.Contains(result.Mismatches, m => m.StartsWith("cursors", StringComparison.Ordinal));
        Assert.Contains("not finished", (await Assert.ThrowsAsync<StoreConfigurationException>(OpenTargetAsync)).Message, StringComparison.Ordinal);
        Assert.Empty((await new StoreTransfer(Options(restart: true), TimeProvider.System).RunAsync(_ => { }, None)).Mismatches);
    }

    [PostgresFact]
    public async Task Run_DamagedRawBlock_IsLeftOutAndSaid()
    {
        await FillAsync(new StoreFill(14));
        using (var connection = new SqliteConnection($"Data Source={SourcePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute("UPDATE raw_20250312 SET block = x'0102' WHERE id = 2");
        }
        TransferResult result = await RunAsync();
        Assert.Equal((1, 0), (result.DamagedBlocks, result.Mismatches.Count));
        await using SqliteStore source = await OpenSourceAsync();
        Assert.Equal(await StoreAnswers.OfAsync(source, s_from, s_to), await AnswersOfTargetAsync());
    }

    [PostgresFact]
    public async Task Run_SourceOfAKilledNode_CopiesWhatIsInItsJournal()
    {
        await using (SqliteStore node = await OpenSourceAsync("killed.db"))
        {
            await new StoreFill(15).FillAsync(node);
            foreach (string end in (string[])["", "-wal"])
            {
                File.Copy(Path.Combine(_folder, "killed.db" + end), SourcePath + end);
            }
        }
        Assert.Empty((await RunAsync()).Mismatches);
        await using SqliteStore source = await OpenSourceAsync();
        Assert.Equal(await StoreAnswers.OfAsync(source, s_from, s_to), await AnswersOfTargetAsync());
    }

    /// <summary>A table that is added to the stores must be added to the migration.</summary>
    [PostgresFact(Plain = true)]
    public async Task Tables_OfBothStores_AreAllCopiedOrNeedNotBe()
    {
        await FillAsync(new StoreFill(16));
        using (var connection = new SqliteConnection($"Data Source={SourcePath};Pooling=False"))
        {
            connection.Open();
            Assert.Equal(
                "dirty_bucket, flush_cursor, metric, schema_version, series, sqlite_sequence, store_state, table_partition",
                connection.ScalarText("SELECT group_concat(name, ', ') FROM (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN (SELECT name FROM table_partition) ORDER BY name)"));
        }
        await (await OpenTargetAsync()).DisposeAsync();
        // What is PostgreSQL's own: who of several processes may write a metric, the schema's versions, and the migration itself.
        string[] own = ["metric_claim", "metricsgrains_migration", "store_transfer", "store_transfer_part"];
        Assert.Equal(
            string.Join(", ", TransferState.Tables.Concat(own).Order(StringComparer.Ordinal)),
            await PostgresTestServer.ExecuteAsync(_database, "SELECT string_agg(relname, ', ' ORDER BY relname COLLATE \"C\") FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"));
    }

    [PostgresFact]
    public async Task Run_EmptyStoreOrNone_IsFinishedOrRefused()
    {
        await Assert.ThrowsAsync<StoreConfigurationException>(() => RunAsync());
        await (await OpenSourceAsync()).DisposeAsync();
        Assert.Empty((await RunAsync()).Mismatches);
        await (await OpenTargetAsync()).DisposeAsync();
    }

    private async Task<string> FillAsync(StoreFill fill)
    {
        await using SqliteStore source = await OpenSourceAsync();
        await fill.FillAsync(source);
        return await StoreAnswers.OfAsync(source, s_from, s_to);
    }

    private async Task StopInTheMiddleAsync()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new StoreTransfer(Options(50), TimeProvider.System).RunAsync(
            p =>
            {
                if (p.Done > p.Total / 2)
                {
                    stop.Cancel();
                }
            }, stop.Token));
    }

    private void Execute(string sql)
    {
        using var connection = new Npgsql.NpgsqlConnection(_database + ";Pooling=false");
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private Task<TransferResult> RunAsync() => new StoreTransfer(Options(), TimeProvider.System).RunAsync(_ => { }, None);

    private StoreTransferOptions Options(int batchRows = 500, bool restart = false) =>
        new() { SqlitePath = SourcePath, ConnectionString = _database, BatchRows = batchRows, Restart = restart };

    private async Task<SqliteStore> OpenSourceAsync(string name = "metrics.db")
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = Path.Combine(_folder, name) }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }

    private async Task<PostgresStore> OpenTargetAsync()
    {
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = _database, MaxPoolSize = 5 }, TimeProvider.System);
        try
        {
            await store.OpenAsync(None);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private async Task<string> AnswersOfTargetAsync()
    {
        await using PostgresStore target = await OpenTargetAsync();
        return await StoreAnswers.OfAsync(target, s_from, s_to);
    }
}
