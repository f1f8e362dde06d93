using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>What is true of the SQLite alert store only.</summary>
public sealed class SqliteAlertTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-alerts-").FullName;

    private string PathOf(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Open_NewFile_IsForItsOwnerOnly()
    {
        await using SqliteAlertStore store = await OpenAsync(Path.Combine("a", "alerts.db"));
        await store.SaveChannelAsync(FullChannel("s3cret"), Edit(AlertEventKind.ChannelEdited), None);
        foreach (string name in new[] { "a/alerts.db", "a/alerts.db-wal", "a/alerts.db-shm" })
        {
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(PathOf(name)) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), name);
        }
    }

    [Fact]
    public async Task Open_TheMetricsFile_IsRefusedAndTheOtherWayRound()
    {
        await using (var metrics = new SqliteStore(new SqliteStoreOptions { Path = PathOf("store.db") }, TimeProvider.System))
        {
            await metrics.OpenAsync(None);
        }
        await (await OpenAsync()).DisposeAsync();
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync("store.db"));
        Assert.Contains("something else", fault.Message, StringComparison.Ordinal);
        await using var other = new SqliteStore(new SqliteStoreOptions { Path = PathOf("alerts.db") }, TimeProvider.System);
        await Assert.ThrowsAsync<StoreConfigurationException>(() => other.OpenAsync(None));
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("alerts.db", "INSERT INTO schema_version VALUES (9999, 0, '')");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync());
        Assert.Contains("9999", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_FolderThatCannotBeMade_IsRefusedWithAdvice()
    {
        await File.WriteAllTextAsync(PathOf("file"), "");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(Path.Combine("file", "alerts.db")));
        Assert.Contains("write access", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_DamagedAfterUncleanStop_IsRefusedWithAdvice()
    {
        await using SqliteAlertStore store = await OpenAsync();
        await store.AppendEventsAsync([.. Enumerable.Range(0, 2_000).Select(i => FullEvent(T0 + i, Guid.NewGuid(), Guid.NewGuid()))], None);
        File.Copy(PathOf("alerts.db"), PathOf("copy.db"));
        File.Copy(PathOf("alerts.db-wal"), PathOf("copy.db-wal"));
        Execute("copy.db", "PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] bytes = await File.ReadAllBytesAsync(PathOf("copy.db"));
        bytes.AsSpan(bytes.Length - (40 * 4096)).Fill(0xFF);
        await File.WriteAllBytesAsync(PathOf("copy.db"), bytes);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync("copy.db"));
        Assert.Contains("backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaveRuleState_LockedByAnother_IsUnavailableThenWorks()
    {
        await using var store = new SqliteAlertStore(new SqliteStoreOptions { Path = PathOf("alerts.db"), BusyTimeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
        await store.OpenAsync(None);
        AlertRuleState state = AlertRuleState.New(Guid.NewGuid());
        using (SqliteConnection other = Connect("alerts.db"))
        {
            other.Execute("BEGIN IMMEDIATE");
            StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SaveRuleStateAsync(state, [], None));
            Assert.Contains("locked", fault.Message, StringComparison.Ordinal);
            other.Execute("ROLLBACK");
        }
        await store.SaveRuleStateAsync(state, [], None);
        Assert.NotNull(await store.ReadRuleStateAsync(state.RuleId, None));
    }

    [Fact]
    public async Task SaveRuleState_NoRoom_IsUnavailableAndNothingOfItIsThereAndRecovers()
    {
        await using var store = new SqliteAlertStore(new SqliteStoreOptions { Path = PathOf("alerts.db"), MaxSizeBytes = 400_000 }, TimeProvider.System);
        await store.OpenAsync(None);
        AlertRuleState state = AlertRuleState.New(Guid.NewGuid());
        AlertEvent[] many = [.. Enumerable.Range(0, 10_000).Select(i => FullEvent(T0 + i, state.RuleId, Guid.NewGuid()))];
        StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SaveRuleStateAsync(state, many, None));
        Assert.Contains("no room", fault.Message, StringComparison.Ordinal);
        Assert.Null(await store.ReadRuleStateAsync(state.RuleId, None));
        await store.SaveRuleStateAsync(state, many[..5], None);
        Assert.Equal(5, (await store.ReadEventsAsync(AnyEvent, None)).Count);
    }

    [Fact]
    public async Task Save_Cancelled_NothingOfItIsThere()
    {
        await using SqliteAlertStore store = await OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited)], cancelled.Token));
        Assert.Empty(await store.ReadEventsAsync(AnyEvent, None));
    }

    [Fact]
    public async Task AlertRules_TheDesignDocumentsQueries_Work()
    {
        await using SqliteAlertStore store = await OpenAsync();
        AlertRule rule = Rule("Error rate") with { TagFilter = [new TagFilter("env", TagMatch.Equal, "production")], Channels = ["ops", "pager"], Severity = AlertSeverity.Critical };
        await store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await store.SaveRuleAsync(Rule("off") with { Enabled = false }, Edit(AlertEventKind.RuleCreated, by: "x"), None);
        await store.SaveRuleStateAsync(AlertRuleState.New(rule.Id) with { LastFiredAtMs = T0 + 250 }, [], None);
        using SqliteConnection reader = Connect("alerts.db");
        Assert.Equal(
            """Error rate|m|{"env":"production"}|gt|5|critical|ops, pager|1741608000250""",
            reader.ScalarText("SELECT name || '|' || metric_name || '|' || tag_filter || '|' || condition || '|' || window_minutes || '|' || severity || '|' || notification_channel || '|' || last_fired_at FROM (SELECT * FROM alert_rules WHERE enabled = TRUE)"));
    }

    [Fact]
    public async Task Retain_GivesSpaceBack()
    {
        await using SqliteAlertStore store = await OpenAsync();
        await store.AppendEventsAsync([.. Enumerable.Range(0, 12_000).Select(i => FullEvent(T0 + i, Guid.NewGuid(), Guid.NewGuid()))], None);
        long before = Pages();
        await store.RetainAsync(T0 + Day, None);
        Assert.True(Pages() < before / 2, $"{before} pages before, {Pages()} after");
    }

    [Fact]
    public async Task Open_ReadOnlyBesideTheWriter_ReadsAndRefusesWrites()
    {
        var options = new SqliteStoreOptions { Path = PathOf("alerts.db"), ReadOnly = true };
        await using (var early = new SqliteAlertStore(options, TimeProvider.System))
        {
            await Assert.ThrowsAsync<StoreConfigurationException>(() => early.OpenAsync(None));
        }
        await using SqliteAlertStore writer = await OpenAsync();
        await writer.SaveRuleAsync(Rule("r"), Edit(AlertEventKind.RuleCreated), None);
        await using var reader = new SqliteAlertStore(options, TimeProvider.System);
        await reader.OpenAsync(None);
        Assert.Single(await reader.ListRulesAsync(None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.AppendEventsAsync([Edit(AlertEventKind.RuleEdited)], None));
    }

    [Fact]
    public async Task Dispose_Twice_LeavesTheFileOnlyAndThenSaysDisposed()
    {
        SqliteAlertStore store = await OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.ListRulesAsync(None));
        Assert.Equal([PathOf("alerts.db")], Directory.GetFiles(_folder));
    }

    /// <summary>Landed migrations are never edited: a store in the field would refuse to open.</summary>
    [Fact]
    public void Migrations_Landed_AreUnchanged() => Assert.Equal(["2e03d08a18d54be2bedf119f1de61216156431b024eb460c73887fddd16ffdd8"], SqliteSchema.Alerts.Migrations.Select(SqliteSchema.ChecksumOf));

    private async Task<SqliteAlertStore> OpenAsync(string name = "alerts.db")
    {
        var store = new SqliteAlertStore(PathOf(name), TimeProvider.System);
        await store.OpenAsync(None);
        return store;
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

    private long Pages()
    {
        using SqliteConnection connection = Connect("alerts.db");
        return connection.Scalar("PRAGMA page_count");
    }
}
