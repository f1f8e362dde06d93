using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Testbed;
using Npgsql;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>What only this store has: several nodes, cut connections, partitions, compaction.</summary>
public sealed class PostgresStoreTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));
    private static readonly Retention Kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    private PostgresHarness? _harness;

    private PostgresStore Store => _harness!.Store;

    private string Database => _harness!.ConnectionString;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null ? await PostgresHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Append_ConnectionCutBetweenCommitAndItsAnswer_CountsOnce()
    {
        await using FaultyProxy proxy = Proxy();
        await using PostgresStore cut = await OpenAsync(With(c => (c.Host, c.Port) = ("127.0.0.1", proxy.Port)));
        proxy.Cuts = 2;
        await cut.AppendAsync([Of([A], [Row(0, T0, 1)], Cursor("requests", 1, T0 + Minute))], None);
        await cut.AppendRawAsync([new RawBlock(A, [T0], [1], null)], Cursor("*", 1, stream: FlushStream.Raw), None);
        Assert.True(proxy.Cuts <= 0);
        Assert.Equal((1, 1), (await SumAsync(), (await Store.StatusAsync(None)).RawBlocks));
    }

    [PostgresFact]
    public async Task Append_WithoutCursorAndCommitUnknown_IsNotRepeated()
    {
        await using FaultyProxy proxy = Proxy();
        await using PostgresStore cut = await OpenAsync(With(c => (c.Host, c.Port) = ("127.0.0.1", proxy.Port)));
        proxy.Cuts = 1;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => cut.AppendAsync([One(A, T0, 1)], None));
        Assert.Equal(1, await SumAsync());
    }

    /// <summary>A killed node's COMMIT can outlive it: who starts in its place must see what it wrote.</summary>
    [PostgresFact]
    public async Task ReadCursors_CommitOfAPredecessorUnderWay_WaitsForIt()
    {
        await Store.AppendAsync([Of([A], [Row(0, T0, 1)], Cursor("requests", 1))], None);
        await using var predecessor = new NpgsqlConnection(Database);
        await predecessor.OpenAsync();
        await using NpgsqlTransaction writing = await predecessor.BeginTransactionAsync();
        await using (var move = new NpgsqlCommand("INSERT INTO flush_cursor VALUES ('requests', 1, 'node-1', 2, 2, 0) ON CONFLICT (metric, stream, origin) DO UPDATE SET applied_through = 2", predecessor, writing))
        {
            await move.ExecuteNonQueryAsync();
        }
        Task<IReadOnlyList<FlushCursor>> reading = Store.ReadCursorsAsync(None);
        while (!reading.IsCompleted && await PostgresTestServer.ExecuteAsync(Database, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'flush_cursor'::regclass") is 0L)
        {
            await Task.Delay(20);
        }
        Assert.False(reading.IsCompleted);
        Assert.Equal(1ul, Assert.Single(await Store.ReadCursorsAsync("requests", None)).AppliedThrough);
        await writing.CommitAsync();
        Assert.Equal(2ul, Assert.Single(await reading).AppliedThrough);
    }

    [PostgresFact(OwnServer = true)]
    public async Task Append_BackendsTerminated_IsRepeated()
    {
        for (ulong i = 1; i <= 3; i++)
        {
            await Store.AppendAsync([Of([A], [Row(0, T0, 1)], Cursor("requests", i))], None);
            await PostgresTestServer.ExecuteAsync(Database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
        Assert.Equal(3, await SumAsync());
    }

    [PostgresFact]
    public async Task Append_ManyNodesSameMetric_NothingLostOrDoubled()
    {
        PostgresStore[] nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(Database)));
        await Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
        {
            for (ulong i = 1; i <= 20; i++)
            {
                // Each brings series that the others bring too, in its own order, and repeats every flush.
                SeriesDefinition[] series = [.. Enumerable.Range(0, 10).Select(s => Series("requests", MetricKind.Counter, ("host", $"h{(s + n + (int)i) % 25}")))];
                RollupFlush flush = Of(series, [.. series.Select((_, s) => Row(s, T0 + (long)(i % 3 * Hour), 1))], Cursor("requests", i, origin: $"node-{n}"));
                RollupFlush other = Of([Series($"m{(n + (int)i) % 3}", MetricKind.Gauge)], [Row(0, T0, 1)], Cursor($"m{(n + (int)i) % 3}", i, origin: $"node-{n}"));
                await node.AppendAsync(n % 2 == 0 ? [flush, other] : [other, flush], None);
                await node.AppendAsync([flush], None);
                if (i % 5 == 0)
                {
                    await node.DeriveAsync(T0 + (2 * Day), None);
                }
            }
        })));
        AggregateFrame frame = (await Store.ReadAsync("requests", StoredResolution.OneHour, Query(T0, T0 + Day, Day, []), None))!;
        Assert.Equal(800, frame.Groups[0].Points[0].Aggregate.Sum);
        Assert.Equal(25, (await Store.ListSeriesAsync("requests", 100, None)).Count);
        Assert.Equal(25, (await Store.FindMetricAsync("requests", None))!.SeriesCount);
        foreach (PostgresStore node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>Nodes come to a new day at one moment, and each finds its partitions missing.</summary>
    [PostgresFact(OwnServer = true)]
    public async Task Append_ManyNodesNeedTheSameNewPartitions_EachIsMadeOnce()
    {
        const int Days = 25;
        PostgresStore[] nodes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenAsync(Database)));
        for (int day = 0; day < Days; day++)
        {
            long at = T0 + (day * 40 * Day);
            await Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
            {
                SeriesDefinition series = Series($"m{n}", MetricKind.Counter);
                await node.AppendAsync([Of([series], [Row(0, at, 1)], Cursor(series.Metric, (ulong)day + 1, origin: $"node-{n}"))], None);
                await node.AppendRawAsync([new RawBlock(series, [at], [1], null)], Cursor("*", (ulong)day + 1, origin: $"node-{n}", stream: FlushStream.Raw), None);
                await node.AppendAnnotationsAsync([new Annotation(Guid.NewGuid(), at, "deployed", "", "info", "", "", "", TagSet.Empty)], None);
            })));
        }
        StoreStatus status = await Store.StatusAsync(None);
        Assert.Equal((Days * nodes.Length, Days * nodes.Length), (status.Rollups1m, status.RawBlocks));
        Assert.Equal((long)Days * nodes.Length, await PostgresTestServer.ExecuteAsync(Database, "SELECT count(*) FROM annotation"));
        // A write that fails so is repeated, which would hide it.
        Assert.DoesNotMatch("relation \"(rollup|raw|annotation)_\\w+\" already exists", PostgresTestServer.Log);
        foreach (PostgresStore node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Append_SeriesRemovedByAnotherNode_AreAddedAgain()
    {
        await Store.AppendAsync([One(A, T0, 1)], None);
        await using PostgresStore other = await OpenAsync(Database);
        await other.RetainAsync(T0 + (3000 * Day), Kept, None);
        Assert.Null(await Store.FindMetricAsync("requests", None));
        SeriesDefinition back = A with { LastSeenMs = T0 + (3000 * Day) };
        await Store.AppendAsync([One(back, T0 + (3000 * Day), 5)], None);
        AggregateFrame frame = (await other.ReadAsync("requests", StoredResolution.OneMinute, Query(T0 + (3000 * Day), T0 + (3000 * Day) + Hour, Hour), None))!;
        Assert.Equal(5, Assert.Single(frame.Groups).Points[0].Aggregate.Sum);
    }

    [PostgresFact]
    public async Task Compact_PartialRows_BecomeOneWithTheSameAnswer()
    {
        for (int i = 1; i <= 5; i++)
        {
            await Store.AppendAsync([Of([A], [Row(0, T0, i), Row(0, T0 + Minute, i)])], None);
        }
        await Store.AppendAsync([Of([A], [Row(0, T0 + (2 * Minute), 1), Row(0, T0 + (10 * Hour), 1), Row(0, T0 + (10 * Hour), 1)])], None);
        await Store.DeriveAsync(T0 + (2 * Hour), None);
        Assert.Equal(8, await Store.CompactAsync(T0 + (2 * Hour), None));
        Assert.Equal(0, await Store.CompactAsync(T0 + (2 * Hour), None));
        AggregateFrame frame = (await Store.ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Hour, Minute), None))!;
        Assert.Equal([(5.0, 15.0, 5.0), (5.0, 15.0, 5.0), (1.0, 1.0, 1.0)], frame.Groups[0].Points.Select(p => (p.Aggregate.Count, p.Aggregate.Sum, p.Aggregate.Last)));
        Assert.Equal(5, (await Store.StatusAsync(None)).Rollups1m);
        Assert.Equal(5L, await PostgresTestServer.ExecuteAsync(Database, "SELECT count(*) FROM rollup_1m"));
    }

    [PostgresFact]
    public async Task Retain_OldPartitions_AreDroppedAndNewOnesAreThere()
    {
        await Store.AppendAsync([Of([A], [Row(0, T0, 1), Row(0, T0 + Day, 1), Row(0, T0 + (2 * Day), 1)])], None);
        await Store.RetainAsync(T0 + (32 * Day), Kept, None);
        Assert.Equal(1L, await PostgresTestServer.ExecuteAsync(Database, "SELECT count(*) FROM rollup_1m"));
        Assert.Equal((1, T0), ((await Store.StatusAsync(None)).Rollups1m, (await Store.StatusAsync(None)).OldestMs));
        if (!Store.Server.HasHypertables)
        {
            Assert.Equal("rollup_1m_20250411, rollup_1m_20250412", await PostgresTestServer.ExecuteAsync(
                Database, "SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class WHERE relname LIKE 'rollup\\_1m\\_202504%' AND relkind = 'r'"));
        }
    }

    [PostgresFact]
    public async Task Retain_TableInUse_ComesBackLaterAndAppendsGoOn()
    {
        await Store.AppendAsync([One(A, T0, 1)], None);
        await using (var reader = new NpgsqlConnection(Database))
        {
            await reader.OpenAsync();
            await using NpgsqlTransaction reading = await reader.BeginTransactionAsync();
            await using (var select = new NpgsqlCommand("SELECT count(*) FROM rollup_1m", reader, reading))
            {
                await select.ExecuteScalarAsync();
            }
            StoreUnavailableException fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.RetainAsync(T0 + (40 * Day), Kept, None));
            Assert.Contains("in use", fault.Message, StringComparison.Ordinal);
            await Store.AppendAsync([One(A, T0 + (39 * Day), 1)], None);
        }
        await Store.RetainAsync(T0 + (40 * Day), Kept, None);
        Assert.Equal(1, (await Store.StatusAsync(None)).Rollups1m);
    }

    /// <summary>As docs/formats/postgres-store.md says; with TimescaleDB restoring takes more steps.</summary>
    [PostgresFact(OwnServer = true, Plain = true)]
    public async Task Backup_DumpedAndRestored_HasRowsAndCursors()
    {
        await Store.AppendAsync([Of([A], [Row(0, T0, 1), Row(0, T0 + Day, 2)], Cursor("requests", 7, T0))], None);
        await Store.AppendRawAsync([new RawBlock(A, [T0], [1], null)], Cursor("*", 3, stream: FlushStream.Raw), None);
        await Store.DeriveAsync(T0 + Hour, None);
        string file = Path.GetTempFileName();
        string copy = await PostgresTestServer.CreateDatabaseAsync();
        await PostgresTestServer.RunToolAsync("pg_dump", Database, "-Fc", "-f", file);
        await PostgresTestServer.RunToolAsync("pg_restore", copy, "--exit-on-error", file);
        File.Delete(file);
        await using (PostgresStore restored = await OpenAsync(copy))
        {
            Assert.Equal((await Store.ReadCursorsAsync(None)).OrderBy(c => c.Metric), (await restored.ReadCursorsAsync(None)).OrderBy(c => c.Metric));
            AggregateFrame days = (await restored.ReadAsync("requests", StoredResolution.OneDay, Query(T0, T0 + (2 * Day), Day, []), None))!;
            Assert.Equal([1.0, 2.0], days.Groups[0].Points.Select(p => p.Aggregate.Sum));
            await restored.AppendAsync([One(A, T0 + (2 * Day), 1)], None);
            Assert.Equal((3, 1), ((await restored.StatusAsync(None)).Rollups1m, (await restored.StatusAsync(None)).RawBlocks));
        }
        await PostgresTestServer.DropDatabaseAsync(copy);
    }

    [PostgresFact]
    public async Task Append_NamesAndTagsPostgresCannotHold_DoNotHoldUpOthers()
    {
        SeriesDefinition odd = Series("odd", MetricKind.Gauge, ("k", "a\0b"));
        await Store.AppendAsync([One(odd, T0, 1), One(A, T0, 2)], None);
        Assert.Equal(odd.Tags, Assert.Single(await Store.ListSeriesAsync("odd", 10, None)).Tags);
        Assert.Equal("a\u2400b", await PostgresTestServer.ExecuteAsync(Database, "SELECT tags ->> 'k' FROM metric_series WHERE metric_name = 'odd'"));
    }

    [PostgresFact]
    public async Task Append_LongTags_FitTheIndexes()
    {
        (string, string)[] tags = [.. Enumerable.Range(0, TagSet.MaxTags).Select(i => ($"key{i}", string.Concat(Enumerable.Range(0, 60).Select(j => $"{i * j * 7919:x8}"))))];
        await Store.AppendAsync([One(Series("wide", MetricKind.Gauge, tags), T0, 1)], None);
        Assert.Equal(TagSet.Of(tags), Assert.Single(await Store.ListSeriesAsync("wide", 10, None)).Tags);
    }

    private async Task<double> SumAsync() =>
        (await Store.ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Hour, Hour, []), None))!.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum));

    private FaultyProxy Proxy()
    {
        var builder = new NpgsqlConnectionStringBuilder(Database);
        return new FaultyProxy(builder.Host!, builder.Port);
    }

    private string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(Database);
        change(builder);
        return builder.ConnectionString;
    }

    private static async Task<PostgresStore> OpenAsync(string connectionString)
    {
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = connectionString, MaxPoolSize = 5 }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }
}
