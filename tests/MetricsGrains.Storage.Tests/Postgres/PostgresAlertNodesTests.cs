using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Testbed;
using Npgsql;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>Several nodes on one alert database, and connections that are cut.</summary>
public sealed class PostgresAlertNodesTests : IAsyncLifetime
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
    public async Task Save_ServerStopsAnswering_IsGivenUpInTimeAndRepeatedWithoutHarm()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        var builder = new NpgsqlConnectionStringBuilder(Database);
        await using var proxy = new FaultyProxy(builder.Host!, builder.Port);
        (builder.Host, builder.Port) = ("127.0.0.1", proxy.Port);
        await using PostgresAlertStore hanging = await OpenAsync(builder.ConnectionString);
        await SaveAsync(new StorePatience("the store", TimeProvider.System), 2);

        var patience = new StorePatience("the store", TimeProvider.System);
        proxy.Stall();
        StoreUnavailableException error = await Assert.ThrowsAsync<StoreUnavailableException>(() => SaveAsync(patience, 3));
        Assert.Equal("the store did not answer within 5 s", error.Message);
        proxy.Resume();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (patience.Problem.Length > 0)
        {
            try
            {
                await SaveAsync(patience, 3);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(100, limit.Token);
            }
        }
        Assert.Equal(3, (await Store.ReadEventsAsync(AnyEvent, None)).Count);

        async Task SaveAsync(StorePatience patient, int number) => await patient.AskAsync(
            async stop =>
            {
                await hanging.SaveRuleStateAsync(FullState(rule.Id), [Edit(AlertEventKind.StateChanged, atMs: T0 + number)], stop);
                return true;
            }, None);
    }

    [PostgresFact]
    public async Task Writes_ConnectionCutBetweenCommitAndItsAnswer_HappenOnce()
    {
        AlertRule rule = Rule("r");
        Channel channel = FullChannel("s3cret");
        Silence silence = Silence(T0 + Day);
        AlertRuleState state = FullState(rule.Id);
        OutboxMessage message = Message(channel.Id, T0);
        (string What, Func<IAlertStore, Task> Write)[] writes =
        [
            ("save rule", s => DoneAsync(s.SaveRuleAsync(rule, At(1), None))),
            ("edit rule", s => DoneAsync(s.SaveRuleAsync(rule with { Version = 2 }, At(2), None))),
            ("save rule state", s => s.SaveRuleStateAsync(state, [At(3), At(4)], None)),
            ("save channel", s => DoneAsync(s.SaveChannelAsync(channel, At(5), None))),
            ("save channel state", s => s.SaveChannelStateAsync(FullChannelState(channel.Id), [message], [At(6)], None)),
            ("save silence", s => DoneAsync(s.SaveSilenceAsync(silence, At(7), None))),
            ("append events", s => s.AppendEventsAsync([At(8)], None)),
            ("delete rule", s => DoneAsync(s.DeleteRuleAsync(rule.Id, 2, At(9), None))),
            ("delete channel", s => DoneAsync(s.DeleteChannelAsync(channel.Id, 1, At(10), None))),
            ("delete state", s => s.DeleteRuleStateAsync(rule.Id, None)),
        ];
        var builder = new NpgsqlConnectionStringBuilder(Database);
        await using var proxy = new FaultyProxy(builder.Host!, builder.Port);
        (builder.Host, builder.Port) = ("127.0.0.1", proxy.Port);
        await using PostgresAlertStore cut = await OpenAsync(builder.ConnectionString);
        foreach ((string what, Func<IAlertStore, Task> write) in writes)
        {
            proxy.Cuts = 1;
            await write(cut);
            Assert.True(proxy.Cuts <= 0, $"{what} was not cut");
        }
        Assert.Equal(Enumerable.Range(1, 10).Reverse().Select(i => T0 + i), (await Store.ReadEventsAsync(AnyEvent, None)).Select(e => e.AtMs));
        Assert.Equal([3, 2, 1], (await Store.ListVersionsAsync(rule.Id, None)).Select(v => v.Rule.Version));
        Assert.Null(await Store.ReadRuleStateAsync(rule.Id, None));
        Assert.Null(await Store.FindMessageAsync(message.Id, None));

        static AlertEvent At(int ms) => Edit(AlertEventKind.RuleEdited, atMs: T0 + ms);
    }

    /// <summary>A killed node's COMMIT may still be at work on the server; what it says it has sent must not be sent again.</summary>
    [PostgresFact]
    public async Task Open_PredecessorStillCommitting_WaitsForIt()
    {
        ChannelState state = FullChannelState(Guid.NewGuid());
        await using var predecessor = new NpgsqlConnection(Database);
        await predecessor.OpenAsync();
        await using NpgsqlTransaction writing = await predecessor.BeginTransactionAsync();
        await using (var save = new NpgsqlCommand("INSERT INTO alert_channel_states (channel_id, state) VALUES ($1, $2::json)", predecessor, writing))
        {
            save.Parameters.Add(new NpgsqlParameter { Value = state.ChannelId });
            save.Parameters.Add(new NpgsqlParameter { Value = AlertJson.Write(state) });
            await save.ExecuteNonQueryAsync();
        }
        await using var node = new PostgresAlertStore(Database, TimeProvider.System);
        Task opening = node.OpenAsync(None);
        while (await PostgresTestServer.ExecuteAsync(Database, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'alert_channel_states'::regclass") is not 1L)
        {
            Assert.False(opening.IsCompleted, "did not wait");
        }
        await writing.CommitAsync();
        await opening;
        Assert.NotNull(await node.ReadChannelStateAsync(state.ChannelId, None));
    }

    [PostgresFact(OwnServer = true)]
    public async Task Writes_BackendsTerminated_AreRepeated()
    {
        for (int i = 0; i < 3; i++)
        {
            await Store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited, atMs: T0 + i)], None);
            await PostgresTestServer.ExecuteAsync(Database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
        Assert.Equal(3, (await Store.ReadEventsAsync(AnyEvent, None)).Count);
    }

    [PostgresFact]
    public async Task SaveRule_ManyNodesEditOne_NoEditIsLost()
    {
        AlertRule rule = Rule("r") with { Threshold = 0 };
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        PostgresAlertStore[] nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(Database)));
        await Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
        {
            for (int done = 0; done < 15;)
            {
                AlertRule now = (await node.FindRuleAsync(rule.Id, None))!;
                EditResult result = await node.SaveRuleAsync(
                    now with { Version = now.Version + 1, Threshold = now.Threshold + 1 }, Edit(AlertEventKind.RuleEdited, by: $"{n}/{done}/{now.Version}"), None);
                done += result == EditResult.Done ? 1 : 0;
            }
        })));
        AlertRule last = (await Store.FindRuleAsync(rule.Id, None))!;
        Assert.Equal((61, 60.0), (last.Version, last.Threshold));
        Assert.Equal(Enumerable.Range(1, 61).Reverse(), (await Store.ListVersionsAsync(rule.Id, None)).Select(v => v.Rule.Version));
        Assert.Equal(61, (await Store.ReadEventsAsync(AnyEvent, None)).Count);
        await DisposeAllAsync(nodes);
    }

    /// <summary>Another node may have dropped a month that this one remembers.</summary>
    [PostgresFact]
    public async Task AppendEvents_WhileOthersRetain_AreAllThere()
    {
        PostgresAlertStore[] nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => OpenAsync(Database)));
        await Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
        {
            for (int i = 0; i < 15; i++)
            {
                await node.AppendEventsAsync([Edit(AlertEventKind.RuleEdited, atMs: T0 - (200 * Day), by: $"{n}/{i}"), Edit(AlertEventKind.RuleEdited, atMs: T0, by: $"{n}/{i}")], None);
                if (n == 0)
                {
                    // On a slow machine the history may be in use for longer than that waits; it comes back.
                    await node.RetainAsync(T0 - (100 * Day), None).ContinueWith(t => t.Exception?.Handle(e => e is StoreUnavailableException), TaskScheduler.Default);
                }
            }
        })));
        await Store.RetainAsync(T0 - (100 * Day), None);
        Assert.Equal(45, (await Store.ReadEventsAsync(AnyEvent, None)).Count);
        await DisposeAllAsync(nodes);
    }

    [PostgresFact]
    public async Task Open_ManyNodesAtOnceOnAnEmptyDatabase_MigrateOnce()
    {
        string empty = await PostgresTestServer.CreateDatabaseAsync();
        PostgresAlertStore[] nodes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => OpenAsync(empty)));
        Assert.Equal((long)Migration.All.Count, await PostgresTestServer.ExecuteAsync(empty, "SELECT count(*) FROM metricsgrains_migration"));
        await DisposeAllAsync(nodes);
        await PostgresTestServer.DropDatabaseAsync(empty);
    }

    private static async Task DoneAsync(Task<EditResult> edit) => Assert.Equal(EditResult.Done, await edit);

    private static async Task DisposeAllAsync(PostgresAlertStore[] nodes)
    {
        foreach (PostgresAlertStore node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static async Task<PostgresAlertStore> OpenAsync(string connectionString)
    {
        var store = new PostgresAlertStore(connectionString, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }
}
