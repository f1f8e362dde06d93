using MetricsGrains.Core.Alerting;
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
    private const int Events = 5_000;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-alerts-").FullName;
    private readonly AlertRule _rule = FullRule();
    private readonly AlertRule _deleted = Rule("deleted");
    private readonly Channel _channel = FullChannel("s3cret \0 €");
    private readonly Silence _silence = Silence(long.MaxValue);
    private string _database = "";

    private string FilePath => Path.Combine(_folder, "alerts.db");

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
        AlertTransferResult? result = await TransferAsync();
        Assert.Empty(result!.Mismatches);
        Assert.Equal(
            ["alert_rules 1", "alert_rule_versions 4", "alert_rule_states 1", "alert_channels 1", "alert_channel_secrets 1", "alert_channel_states 1", "alert_outbox 2600", "alert_silences 1", "alert_events 5006"],
            result.Tables.Select(t => $"{t.Table} {t.Rows}"));
        Assert.Equal(result.Tables.Sum(t => t.Rows), result.Copied);
        await using var sqlite = new SqliteAlertStore(FilePath, TimeProvider.System);
        await using var postgres = new PostgresAlertStore(_database, TimeProvider.System);
        await sqlite.OpenAsync(None);
        await postgres.OpenAsync(None);
        Assert.Equal(await AnswersAsync(sqlite), await AnswersAsync(postgres));
        // And goes on: versions, messages and events that come now are the newest.
        Assert.Equal(EditResult.Done, await postgres.SaveRuleAsync(_rule with { Version = 3 }, Edit(AlertEventKind.RuleEdited, atMs: T0 + Day), None));
        Assert.Equal(3, (await postgres.ListVersionsAsync(_rule.Id, None))[0].Rule.Version);
        IReadOnlyList<AlertEvent> newest = await postgres.ReadEventsAsync(AnyEvent with { Limit = 2 }, None);
        Assert.True(newest[0].Id > newest[1].Id);
    }

    [PostgresFact]
    public async Task Run_Again_FindsItDoneAndAfterAWriteToTheSourceRefuses()
    {
        await FillAsync();
        await TransferAsync();
        AlertTransferResult? again = await TransferAsync();
        Assert.Equal((0, true), (again!.Copied, again.IsVerified));
        await using (var sqlite = new SqliteAlertStore(FilePath, TimeProvider.System))
        {
            await sqlite.OpenAsync(None);
            await sqlite.SaveRuleAsync(Rule("later"), Edit(AlertEventKind.RuleCreated, atMs: T0 + Day), None);
        }
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(TransferAsync);
        Assert.Contains("empty database", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_StoppedInTheMiddle_GoesOnWhenRunAgain()
    {
        await FillAsync();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new AlertTransfer(FilePath, _database, TimeProvider.System).RunAsync(_ => stop.Cancel(), stop.Token));
        Assert.Equal(2_000L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_events"));
        Assert.Equal(0L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_rules"));
        Assert.True((await TransferAsync())!.IsVerified);
        Assert.Equal(5_006L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM alert_events"));
    }

    [PostgresFact]
    public async Task Run_IntoADatabaseWithAlertingOfItsOwn_IsRefused()
    {
        await FillAsync();
        await using var postgres = new PostgresAlertStore(_database, TimeProvider.System);
        await postgres.OpenAsync(None);
        await postgres.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: T0 + 77)], None);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(TransferAsync);
        Assert.Contains("alert_events", fault.Message, StringComparison.Ordinal);
        Assert.Single(await postgres.ReadEventsAsync(AnyEvent, None));
    }

    [PostgresFact]
    public async Task Run_WhileANodeHasTheFileOpen_IsRefusedWithAdvice()
    {
        await using var node = new SqliteAlertStore(FilePath, TimeProvider.System);
        await node.OpenAsync(None);
        StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(TransferAsync);
        Assert.Contains("stop the node", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Run_WithoutAFile_HasNothingToDo() => Assert.Null(await TransferAsync());

    private Task<AlertTransferResult?> TransferAsync() => new AlertTransfer(FilePath, _database, TimeProvider.System).RunAsync(_ => { }, None);

    private async Task FillAsync()
    {
        await using var store = new SqliteAlertStore(FilePath, TimeProvider.System);
        await store.OpenAsync(None);
        await store.SaveRuleAsync(_rule, Edit(AlertEventKind.RuleCreated, _rule.Id), None);
        await store.SaveRuleAsync(_rule with { Version = 2, Threshold = double.NaN, Message = "nul \0" }, Edit(AlertEventKind.RuleEdited, _rule.Id), None);
        await store.SaveRuleAsync(_deleted, Edit(AlertEventKind.RuleCreated, _deleted.Id), None);
        await store.DeleteRuleAsync(_deleted.Id, null, Edit(AlertEventKind.RuleDeleted, _deleted.Id), None);
        await store.SaveChannelAsync(_channel, Edit(AlertEventKind.ChannelEdited), None);
        await store.SaveSilenceAsync(_silence, Edit(AlertEventKind.SilenceCreated), None);
        // Over a year, some at one time, some late.
        await store.SaveRuleStateAsync(FullState(_rule.Id), [.. Enumerable.Range(0, Events).Select(i => FullEvent(T0 - (i * 7 % 365 * Day), _rule.Id, _channel.Id) with { Detail = $"{i} \0", Value = i % 3 == 0 ? double.NaN : i })], None);
        await store.SaveChannelStateAsync(FullChannelState(_channel.Id), [.. Enumerable.Range(0, 2_600).Select(i => Message(_channel.Id, T0 + (i / 2), (OutboxStatus)(1 + (i % 3)), i % 3 == 0 ? null : T0))], [], None);
    }

    /// <summary>What a store answers, as text; the ids of events, which each store gives by itself, left out.</summary>
    private async Task<string> AnswersAsync(IAlertStore store)
    {
        var events = new List<AlertEvent>();
        while (await store.ReadEventsAsync(AnyEvent with { Before = events.Count == 0 ? null : events[^1].Id }, None) is { Count: > 0 } page)
        {
            events.AddRange(page);
        }
        string[] answers =
        [
            AlertJson.Write(await store.ListRulesAsync(None)),
            AlertJson.Write(await store.ListVersionsAsync(_rule.Id, None)),
            AlertJson.Write(await store.ListVersionsAsync(_deleted.Id, None)),
            AlertJson.Write(await store.ReadRuleStateAsync(_rule.Id, None)),
            AlertJson.Write(await store.ListChannelsAsync(None)),
            AlertJson.Write(await store.ReadChannelStateAsync(_channel.Id, None)),
            AlertJson.Write(await store.ListMessagesAsync(_channel.Id, null, 10_000, None)),
            AlertJson.Write(await store.ListSilencesAsync(T0, None)),
            AlertJson.Write(events.Select(e => e with { Id = 0 })),
        ];
        // PostgreSQL can't hold U+0000 and shows it.
        return string.Join('\n', answers).Replace("\\u0000", "\\u2400", StringComparison.Ordinal);
    }
}
