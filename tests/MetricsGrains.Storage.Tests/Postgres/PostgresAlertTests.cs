using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>What only this alert store has: the design document's table, other users, partitions.</summary>
public sealed class PostgresAlertTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private PostgresAlertHarness? _harness;

    private IAlertStore Store => _harness!.Store;

    private string Database => _harness!.ConnectionString;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null ? await PostgresAlertHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task AlertRules_HasTheDesignDocumentsColumns() => Assert.Equal(
        "id uuid, name varchar255, metric_name varchar255, tag_filter jsonb, condition varchar10, threshold float8, window_minutes int4, severity varchar20, "
        + "notification_channel varchar255, enabled bool, last_fired_at timestamptz, created_at timestamptz",
        await TextAsync("""
            SELECT string_agg(column_name || ' ' || udt_name || coalesce(character_maximum_length::text, ''), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_name = 'alert_rules' AND ordinal_position <= 12
            """));

    [PostgresFact]
    public async Task AlertRules_TheDesignDocumentsQueries_Work()
    {
        AlertRule rule = Rule("Error rate") with
        {
            MetricName = "api.errors",
            TagFilter = [new TagFilter("env", TagMatch.Equal, "production")],
            Condition = AlertCondition.Gte,
            Threshold = 2.5,
            WindowMinutes = 7,
            Severity = AlertSeverity.Critical,
            Channels = ["pagerduty"],
        };
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await Store.SaveRuleAsync(Rule("off") with { Enabled = false }, Edit(AlertEventKind.RuleCreated, by: "x"), None);
        Assert.Equal(
            """Error rate|api.errors|{"env": "production"}|gte|2.5|7|critical|pagerduty|1741608000""",
            await TextAsync("SELECT concat_ws('|', name, metric_name, tag_filter, condition, threshold, window_minutes, severity, notification_channel, extract(epoch FROM created_at)::int) FROM (SELECT * FROM alert_rules WHERE enabled = TRUE) AS rules"));
        Assert.Equal(rule.Id.ToString(), await TextAsync("""SELECT id::text FROM alert_rules WHERE '{"env":"production","host":"a"}'::jsonb @> tag_filter AND enabled"""));
        await Store.SaveRuleAsync(rule with { Version = 2, TagFilter = [] }, Edit(AlertEventKind.RuleEdited, by: "y"), None);
        Assert.Equal("{}", await TextAsync("SELECT tag_filter::text FROM alert_rules WHERE enabled"));
    }

    [PostgresFact]
    public async Task SaveRuleState_LastFired_IsInTheRuleAndStaysThroughEdits()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        Assert.Null(await LastFiredAsync());
        await Store.SaveRuleStateAsync(AlertRuleState.New(rule.Id) with { LastFiredAtMs = T0 + 250 }, [], None);
        await Store.SaveRuleAsync(rule with { Version = 2 }, Edit(AlertEventKind.RuleEdited), None);
        Assert.Equal("1741608000.250000", await LastFiredAsync());
        await Store.SaveRuleStateAsync(AlertRuleState.New(rule.Id), [], None);
        Assert.Null(await LastFiredAsync());

        Task<string?> LastFiredAsync() => TextAsync("SELECT extract(epoch FROM last_fired_at)::numeric(20, 6)::text FROM alert_rules");
    }

    [PostgresFact(OwnServer = true)]
    public async Task Channels_ToWhomOnlyTheyAreShown_HaveNoSecrets()
    {
        await Store.SaveChannelAsync(FullChannel("s3cret"), Edit(AlertEventKind.ChannelEdited), None);
        await TextAsync("DROP ROLE IF EXISTS mg_looker; CREATE ROLE mg_looker LOGIN; GRANT SELECT ON alert_channels TO mg_looker");
        string looker = With(c => c.Username = "mg_looker");
        Assert.Equal("pagerduty", await PostgresTestServer.ExecuteAsync(looker, "SELECT type FROM alert_channels"));
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => PostgresTestServer.ExecuteAsync(looker, "SELECT * FROM alert_channel_secrets"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [PostgresFact]
    public async Task Retain_OldMonths_AreDropped()
    {
        for (int day = 0; day <= 120; day += 15)
        {
            await Store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited, atMs: T0 - (day * Day))], None);
        }
        Assert.Equal("alert_events_202411, alert_events_202412, alert_events_202501, alert_events_202502, alert_events_202503", await MonthsAsync());
        // Some of December is younger than that, so all of it stays.
        await Store.RetainAsync(T0 - (90 * Day), None);
        Assert.Equal("alert_events_202412, alert_events_202501, alert_events_202502, alert_events_202503", await MonthsAsync());
        Assert.Equal(7, (await Store.ReadEventsAsync(AnyEvent, None)).Count);
    }

    [PostgresFact]
    public async Task Retain_HistoryInUse_ComesBackLaterAndWritesGoOn()
    {
        await Store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited, atMs: T0 - (100 * Day))], None);
        await using (var reader = new NpgsqlConnection(Database))
        {
            await reader.OpenAsync();
            await using NpgsqlTransaction reading = await reader.BeginTransactionAsync();
            await using (var select = new NpgsqlCommand("SELECT count(*) FROM alert_events", reader, reading))
            {
                await select.ExecuteScalarAsync();
            }
            StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.RetainAsync(T0, None));
            Assert.Contains("in use", fault.Message, StringComparison.Ordinal);
            await Store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited)], None);
        }
        await Store.RetainAsync(T0, None);
        Assert.Single(await Store.ReadEventsAsync(AnyEvent, None));
    }

    [PostgresFact]
    public async Task List_RowOfANewerProgram_IsRefusedByName()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await TextAsync("""UPDATE alert_rules SET definition = replace(definition::text, '"threshold"', '"seasonal"')::json""");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => Store.ListRulesAsync(None));
        Assert.Contains(rule.Id.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Contains("newer", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Open_ReadOnly_ReadsAndRefusesWrites()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await using var reader = new PostgresAlertStore(new PostgresStoreOptions { ConnectionString = Database, ReadOnly = true }, TimeProvider.System);
        await reader.OpenAsync(None);
        Assert.Single(await reader.ListRulesAsync(None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.AppendEventsAsync([Edit(AlertEventKind.RuleEdited)], None));
    }

    [PostgresFact]
    public async Task Open_BesideTheMetricsInOneDatabase_BothWork()
    {
        await using var metrics = new PostgresStore(new PostgresStoreOptions { ConnectionString = Database }, TimeProvider.System);
        await metrics.OpenAsync(None);
        Assert.Equal(0, (await metrics.StatusAsync(None)).Rollups1m);
        Assert.Equal($"{Migration.All.Count}", await TextAsync("SELECT count(*)::text FROM metricsgrains_migration"));
    }

    private async Task<string?> MonthsAsync() =>
        await TextAsync("SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'alert_events'::regclass");

    private async Task<string?> TextAsync(string sql) => await PostgresTestServer.ExecuteAsync(Database, sql) as string;

    private string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(Database);
        change(builder);
        return builder.ConnectionString;
    }
}
