using MetricsGrains.Contracts;
using MetricsGrains.Contracts.Alerting;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>metricsgrains store migrate, as an operator runs it.</summary>
public sealed class MigrateTests : IDisposable
{
    private static readonly long s_from = Flushes.T0 - Flushes.Day;
    private static readonly long s_to = StoreFill.EndMs + Flushes.Day;

    private readonly DataFolder _data = new();

    private string SourcePath => Path.Combine(_data.Path, "metrics.db");

    public void Dispose() => _data.Dispose();

    [PostgresFact]
    public async Task Migrate_KilledInTheMiddleOfEveryTable_GoesOnAndBothStoresAnswerTheSame()
    {
        string answers = await FillAsync(new StoreFill(1) { SeriesPerMetric = 12 });
        var alerts = new AlertFill();
        string alertAnswers = await FillAsync(alerts);
        string database = await NodeDatabase.CreateAsync();
        await OpenAndCloseAsync(database);
        // In the order in which they are written; the row counts come after a copy and before its commit.
        string[] alerting = ["alert_events", "alert_rules", "alert_channel_secrets", "alert_outbox", "alert_silences"];
        foreach (string table in (string[])[.. alerting, "series", "row_count", "rollup_1m", "rollup_1h", "raw_block", "annotation", "flush_cursor"])
        {
            await using (OperatorProcess migrating = await StartUntilItWaitsForAsync(database, table))
            {
                await migrating.KillAsync();
            }
            Assert.Equal(1L, await PostgresCluster.ExecuteAsync(database, "SELECT count(*) FROM store_transfer WHERE finished_at IS NULL"));
            (int code, string said) = await NodeProcess.RunToEndAsync(_data.Path, [$"Store:ConnectionString={database}", "Http:Port=0", "StatsD:UdpPort=-1", "StatsD:TcpPort=-1"]);
            Assert.True(code == 1 && said.Contains("not finished", StringComparison.Ordinal), $"{code} {said}");
        }

        (int exit, string output) = await MigrateAsync(database);

        Assert.True(exit == 0, output);
        Assert.Contains("the rest by an earlier run", output, StringComparison.Ordinal);
        Assert.Contains("Verified", output, StringComparison.Ordinal);
        Assert.Equal(answers, await AnswersAsync(database));
        await using var copied = new PostgresAlertStore(database, TimeProvider.System);
        await copied.OpenAsync(CancellationToken.None);
        Assert.Equal(alertAnswers, await alerts.AnswersAsync(copied));
    }

    [PostgresFact]
    public async Task Migrate_KilledAtAnyMoment_GoesOnAndBothStoresAnswerTheSame()
    {
        string answers = await FillAsync(new StoreFill(2) { SeriesPerMetric = 20 });
        string database = await NodeDatabase.CreateAsync();
        int seed = Random.Shared.Next(100_000), kills = 0;
        var random = new Random(seed);
        while (kills < 8)
        {
            await using OperatorProcess migrating = OperatorProcess.Start(Arguments(database));
            int lines = random.Next(1, 12);
            await Eventually.TrueAsync(() => Task.FromResult(migrating.HasExited || migrating.Output.Count(c => c == '\n') >= lines), "it gets somewhere");
            await Task.Delay(random.Next(30));
            if (migrating.HasExited)
            {
                break;
            }
            await migrating.KillAsync();
            kills++;
        }

        (int exit, string output) = await MigrateAsync(database);

        Assert.True(exit == 0, $"seed {seed}, {kills} kills\n{output}");
        Assert.True(answers == await AnswersAsync(database), $"seed {seed}, {kills} kills");
    }

    [PostgresFact]
    public async Task Migrate_ThenStartOnPostgres_AnswersWhatWasSentBeforeAndWhatWasOnlyInTheLog()
    {
        var points = new SentPoints();
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, SentPoints.Busy))
        {
            await points.SendAsync(node);
            await points.AnswersAreCompleteAsync(node);
            Assert.Equal(0, await node.StopAsync());
        }
        List<string> before;
        // Too slow to write anything before it is killed.
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, "Flush:Interval=1m", "Flush:RawInterval=1h"))
        {
            await points.SendAsync(node);
            await points.AnswersAreCompleteAsync(node, rawIsFlushed: false);
            before = await points.AnswersAsync(node);
            await node.KillAsync();
        }
        string database = await NodeDatabase.CreateAsync();

        (int exit, string output) = await OperatorProcess.RunAsync("store", "migrate", "--to", database, $"--MetricsGrains:DataPath={_data.Path}");

        Assert.True(exit == 0, output);
        string[] settings = [.. SentPoints.Busy, $"Store:ConnectionString={database}"];
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, settings))
        {
            await points.AnswersAreCompleteAsync(node);
            Assert.Equal(before, await points.AnswersAsync(node));
            await points.SendAsync(node);
            await points.AnswersAreCompleteAsync(node);
            Assert.Equal(0, await node.StopAsync());
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, settings))
        {
            await points.AnswersAreCompleteAsync(node);
        }
    }

    [PostgresFact]
    public async Task Migrate_NodeWithAlerts_GoesOnWithThemOnPostgresAndTellsWhatWasNotTold()
    {
        using var alerts = new FiringAlerts();
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, FiringAlerts.Settings))
        {
            await alerts.MakeAsync(node);
            Assert.Equal(0, await node.StopAsync());
        }
        string database = await NodeDatabase.CreateAsync();

        (int exit, string output) = await OperatorProcess.RunAsync("store", "migrate", "--to", database, $"--MetricsGrains:DataPath={_data.Path}");

        Assert.True(exit == 0 && output.Contains("alert rules", StringComparison.Ordinal), output);
        await using NodeProcess moved = await NodeProcess.StartAsync(_data.Path, [.. FiringAlerts.Settings, $"Store:ConnectionString={database}"]);
        await alerts.GoOnAsync(moved);
    }

    [PostgresFact]
    public async Task Migrate_WhileANodeRuns_IsRefusedAndTheNodeGoesOn()
    {
        var points = new SentPoints();
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, SentPoints.Busy);

        (int exit, string output) = await MigrateAsync(await NodeDatabase.CreateAsync());

        Assert.True(exit == 1 && output.Contains("stop the node", StringComparison.Ordinal), $"{exit} {output}");
        await points.SendAsync(node);
        await points.AnswersAreCompleteAsync(node);
    }

    [PostgresFact]
    public async Task Migrate_RowsGetLostOnTheWay_EndsWithThreeAndNamesThem()
    {
        await FillAsync(new StoreFill(3));
        string database = await NodeDatabase.CreateAsync();
        await OpenAndCloseAsync(database);
        await PostgresCluster.ExecuteAsync(database, """
            CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN new.series_id % 5 = 0 THEN NULL ELSE new END; END $$;
            CREATE TRIGGER lose BEFORE INSERT ON rollup_1h FOR EACH ROW EXECUTE FUNCTION lose();
            """);

        (int exit, string output) = await MigrateAsync(database);

        Assert.True(exit == 3, output);
        Assert.Contains("NOT the same", output, StringComparison.Ordinal);
        Assert.Contains("rollup_1h_202503, fill.", output, StringComparison.Ordinal);
        await PostgresCluster.ExecuteAsync(database, "DROP TRIGGER lose ON rollup_1h");
        (exit, output) = await OperatorProcess.RunAsync([.. Arguments(database), "--restart"]);
        Assert.True(exit == 0, output);
        // And once more: nothing to do.
        (exit, output) = await MigrateAsync(database);
        Assert.True(exit == 0 && output.Contains("Nothing to do", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Migrate_NoTargetWrongSettingOrWrongOption_EndsWithTwo()
    {
        foreach ((string[] arguments, string word) in new (string[], string)[]
        {
            (["store", "migrate"], "--to"),
            (["store", "migrate", "--to", "Host=x", "--MetricsGrains:Flush:Intervall=1s"], "did you mean"),
            (["store", "migrate", "--too", "x"], "--too"),
            (["store", "migrate", "--batch-rows", "0"], "at least 1"),
            (["store"], "command"),
            (["sotre"], "no command 'sotre'"),
        })
        {
            (int exit, string output) = await OperatorProcess.RunAsync([.. arguments, $"--MetricsGrains:DataPath={_data.Path}"]);
            Assert.True(exit == 2 && output.Contains(word, StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {exit} {output}");
        }
    }

    [Fact]
    public async Task Help_OfTheNodeAndOfTheCommands_SaysWhatThereIs()
    {
        foreach ((string[] arguments, string[] words) in new (string[], string[])[]
        {
            (["--help"], ["store migrate", "store backup", "store report", "--demo"]),
            (["store", "--help"], ["migrate", "backup", "report"]),
            (["store", "migrate", "--help"], ["--from", "--to", "--restart"]),
            (["store", "backup", "-h"], ["<file>", "--from"]),
            (["store", "report", "--help"], ["--json", "--check", "--quick", "--top"]),
        })
        {
            (int exit, string output) = await OperatorProcess.RunAsync(arguments);
            Assert.Equal(0, exit);
            Assert.All(words, word => Assert.Contains(word, output, StringComparison.Ordinal));
        }
    }

    private string[] Arguments(string database) => ["store", "migrate", "--from", SourcePath, "--to", database, "--batch-rows", "300"];

    private Task<(int ExitCode, string Output)> MigrateAsync(string database) => OperatorProcess.RunAsync(Arguments(database));

    /// <summary>Starts the command with a table locked, and returns when it has come to that table, within a transaction that has begun to write.</summary>
    private async Task<OperatorProcess> StartUntilItWaitsForAsync(string database, string table)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        // What is locked lets reading through, and the making of partitions and all else of the start.
        await using (var command = new NpgsqlCommand($"LOCK TABLE {table} IN EXCLUSIVE MODE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync();
        }
        OperatorProcess migrating = OperatorProcess.Start(Arguments(database));
        await Eventually.TrueAsync(
            async () => migrating.HasExited || await PostgresCluster.ExecuteAsync(
                database, $"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass") is > 0L, $"it waits for {table}");
        Assert.False(migrating.HasExited, migrating.Output);
        return migrating;
    }

    private async Task<string> FillAsync(StoreFill fill)
    {
        await using var store = new SqliteStore(new SqliteStoreOptions { Path = SourcePath }, TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
        await fill.FillAsync(store);
        return await StoreAnswers.OfAsync(store, s_from, s_to);
    }

    private async Task<string> FillAsync(AlertFill fill)
    {
        await using var store = new SqliteAlertStore(Path.Combine(_data.Path, "alerts.db"), TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
        await fill.FillAsync(store);
        return await fill.AnswersAsync(store);
    }

    private static async Task<string> AnswersAsync(string database)
    {
        await using var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = database }, TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
        return await StoreAnswers.OfAsync(store, s_from, s_to);
    }

    private static async Task OpenAndCloseAsync(string database)
    {
        await using var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = database }, TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
    }
}
