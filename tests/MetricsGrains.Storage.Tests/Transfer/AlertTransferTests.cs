using MetricsGrains.Contracts;
using MetricsGrains.Contracts.Alerting;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Storage.Tests.Postgres;
using MetricsGrains.Storage.Transfer;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Storage.Tests.Transfer;

/// <summary>Alerting goes from SQLite to PostgreSQL.</summary>
public sealed class AlertTransferTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-alerts-").FullName;
    private readonly AlertFill _fill = new();
    private string _database = "";

    private string FilePath => Path.Combine(_folder, "alerts.db");

    private string MetricsPath => Path.Combine(_folder, "metrics.db");

    public async Task InitializeAsync() => _database = PostgresTestServer.Missing is null ? await PostgresTestServer.CreateDatabaseAsync() : "";

    public async Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        if (_database.Length > 0)
        {
            await PostgresTestServer.DropDatabaseAsync(_database);
        }
    }

    [PostgresFact]
    public async Task Run_EverythingOfAlerting_IsTheSameInPostgres()
    {
        await FillAsync();
        TransferResult result = await TransferAsync();
        Assert.Empty(result.Mismatches);
        Assert.Equal(
            ["alert rules 1", "alert rule versions 4", "alert rule states 1", "alert channels 1", "alert channel secrets 1", "alert channel states 1", "alert outbox 2600", "alert silences 1", "alert events 5006"],
            result.Tables.Where(t => t.Name.StartsWith("alert", StringComparison.Ordinal)).Select(t => $"{t.Name} {t.Target.Rows}"));
        Assert.All(result.Tables, t => Assert.Equal(t.Source, t.Target));
        await using var sqlite = new SqliteAlertStore(FilePath, TimeProvider.System);
        await using var postgres = new PostgresAlertStore(_database, TimeProvider.System);
        await sqlite.OpenAsync(None);
        await postgres.OpenAsync(None);
        Assert.Equal(await _fill.AnswersAsync(sqlite), await _fill.AnswersAsync(postgres));
        // And goes on: versions, messages and events that come now are the newest.
        Assert.Equal(EditResult.Done, await postgres.SaveRuleAsync(_fill.Rule with { Version = 3 }, Edit(AlertEventKind.RuleEdited, atMs: T0 + Day), None));
        Assert.Equal(3, (await postgres.ListVersionsAsync(_fill.Rule.Id, None))[0].Rule.Version);
        IReadOnlyList<AlertEvent> newest = await postgres.ReadEventsAsync(AnyEvent with { Limit = 2 }, None);
        Assert.True(newest[0].Id > newest[1].Id);
    }

    [PostgresFact]
    public async Task Run_Again_FindsItDoneAndAfterAWriteToTheAlertsRefuses()
    {
        await FillAsync();
        await TransferAsync();
        Assert.NotNull((await TransferAsync()).AlreadyFinished);
        await using (var sqlite = new SqliteAlertStore(FilePath, TimeProvider.System))
        {
            await sqlite.OpenAsync(None);
            await sqlite.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: T0 + Day)], None);
        }
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => TransferAsync());
        Assert.Contains("written to since", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_StoppedInTheMiddle_KeepsNodesOutAndGoesOnOrBeginsAnew()
    {
        await FillAsync();
        await StopAfterAsync(2);
        Assert.Equal(2_000L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_events"));
        Assert.Equal(0L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_rules"));
        await using (var node = new PostgresAlertStore(_database, TimeProvider.System))
        {
            Assert.Contains("not finished", (await Assert.ThrowsAsync<StoreConfigurationException>(() => node.OpenAsync(None))).Message, StringComparison.Ordinal);
        }
        // All of alerting is there, and the metrics are not.
        await StopAfterAsync(4);
        Assert.Equal(1L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_rules"));
        Assert.Empty((await TransferAsync()).Mismatches);
        Assert.Equal(5_006L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_events"));
    }

    [PostgresFact]
    public async Task Run_Restarted_ThrowsAwayWhatWasCopied()
    {
        await FillAsync();
        await StopAfterAsync(4);
        await using (var sqlite = new SqliteAlertStore(FilePath, TimeProvider.System))
        {
            await sqlite.OpenAsync(None);
            await sqlite.DeleteRuleAsync(_fill.Rule.Id, null, Edit(AlertEventKind.RuleDeleted, _fill.Rule.Id, T0 + Day), None);
        }
        Assert.Contains("--restart", (await Assert.ThrowsAsync<StoreConfigurationException>(() => TransferAsync())).Message, StringComparison.Ordinal);
        Assert.Empty((await TransferAsync(restart: true)).Mismatches);
        Assert.Equal(0L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_rules"));
    }

    [PostgresFact]
    public async Task Run_TargetTamperedWithBeforeTheEnd_IsAMismatch()
    {
        await FillAsync();
        bool done = false;
        TransferResult result = await new StoreTransfer(Options(), TimeProvider.System).RunAsync(
            p =>
            {
                if (p.Subject == "metrics" && !done)
                {
                    done = true;
                    using var connection = new Npgsql.NpgsqlConnection(_database + ";Pooling=false");
                    connection.Open();
                    using var command = new Npgsql.NpgsqlCommand("""UPDATE alert_channel_secrets SET secrets = '{"routing_key":"another"}'; DELETE FROM alert_events WHERE id = (SELECT max(id) FROM alert_events)""", connection);
                    command.ExecuteNonQuery();
                }
            }, None);
        Assert.True(done);
        Assert.Equal(["alert channel secrets", "alert events"], result.Mismatches.Select(m => m.Split(':')[0]));
        Assert.DoesNotContain("another", string.Join("", result.Mismatches), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_IntoADatabaseWithAlertsOfItsOwn_IsRefused()
    {
        await FillAsync();
        await using var postgres = new PostgresAlertStore(_database, TimeProvider.System);
        await postgres.OpenAsync(None);
        await postgres.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: T0 + 77)], None);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => TransferAsync());
        Assert.Contains("or alerts", fault.Message, StringComparison.Ordinal);
        Assert.Single(await postgres.ReadEventsAsync(AnyEvent, None));
    }

    [PostgresFact]
    public async Task Run_WhileANodeHasTheAlertsOpen_IsRefusedWithAdvice()
    {
        await FillAsync();
        await using var node = new SqliteAlertStore(FilePath, TimeProvider.System);
        await node.OpenAsync(None);
        StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => TransferAsync());
        Assert.Contains("alerts.db", fault.Message, StringComparison.Ordinal);
        Assert.Contains("stop the node", fault.Message, StringComparison.Ordinal);
    }

    private Task<TransferResult> TransferAsync(bool restart = false) => new StoreTransfer(Options(restart), TimeProvider.System).RunAsync(_ => { }, None);

    /// <summary>Stops at the n-th call of progress: the first is for opening, then comes one for every 2,000 events, then the metrics.</summary>
    private async Task StopAfterAsync(int calls)
    {
        using var stop = new CancellationTokenSource();
        int left = calls;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new StoreTransfer(Options(), TimeProvider.System).RunAsync(
            _ =>
            {
                if (left-- == 0)
                {
                    stop.Cancel();
                }
            }, stop.Token));
    }

    private StoreTransferOptions Options(bool restart = false) => new() { SqlitePath = MetricsPath, AlertsPath = FilePath, ConnectionString = _database, Restart = restart };

    private async Task FillAsync()
    {
        await using (var metrics = new SqliteStore(new SqliteStoreOptions { Path = MetricsPath }, TimeProvider.System))
        {
            await metrics.OpenAsync(None);
            await metrics.AppendAsync([Flushes.One(Flushes.Series("m", MetricKind.Gauge), T0, 1)], None);
        }
        await using var store = new SqliteAlertStore(FilePath, TimeProvider.System);
        await store.OpenAsync(None);
        await _fill.FillAsync(store);
    }
}
