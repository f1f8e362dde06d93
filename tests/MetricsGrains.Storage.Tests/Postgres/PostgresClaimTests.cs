using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>Of several processes one writes a metric's rows: the one that claimed it last.</summary>
public sealed class PostgresClaimTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));

    private PostgresHarness? _harness;

    private PostgresStore Store => _harness!.Store;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null ? await PostgresHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Claim_EachTime_GivesALaterEpochAndWhatWasWritten()
    {
        MetricClaim[] first = [.. await Store.ClaimAsync(["requests", "a\0b"], None)];
        Assert.Equal([("requests", 0), ("a\0b", 0)], first.Select(c => (c.Metric, c.Cursors.Count)));
        await Store.AppendAsync([Flush(first[0], 1, 7)], None);
        MetricClaim second = Assert.Single(await Store.ClaimAsync(["requests"], None));
        Assert.True(second.Epoch > first[0].Epoch);
        Assert.Equal(7UL, Assert.Single(second.Cursors).AppliedThrough);
    }

    [PostgresFact]
    public async Task Append_UnderAnOlderEpoch_IsLeftOutAndTheOthersAreNot()
    {
        MetricClaim[] before = [.. await Store.ClaimAsync(["requests", "errors"], None)];
        MetricClaim after = (await Store.ClaimAsync(["requests"], None))[0];
        SeriesDefinition errors = Series("errors", MetricKind.Counter);
        IReadOnlyList<string> leftOut = await Store.AppendAsync([Flush(before[0], 1, 5), Of([errors], [Row(0, T0, 10)], Cursor("errors", 1)) with { Epoch = before[1].Epoch }], None);
        Assert.Equal(["requests"], leftOut);
        Assert.Empty(await Store.AppendAsync([Flush(after, 100, 5)], None));
        Assert.Equal((100, 10), (await SumAsync("requests"), await SumAsync("errors")));
        KeyValuePair<string, ulong>[] held = [.. before.Select(c => new KeyValuePair<string, ulong>(c.Metric, c.Epoch))];
        Assert.Equal(["requests"], await Store.FindSupersededAsync(held, None));
    }

    /// <summary>What an activation sent before it was superseded either is seen by the next one, or never comes.</summary>
    [PostgresFact]
    public async Task Claim_WriteUnderWay_WaitsForItAndSeesItsCursor()
    {
        MetricClaim first = (await Store.ClaimAsync(["requests"], None))[0];
        await using var connection = new NpgsqlConnection(_harness!.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlTransaction writing = await connection.BeginTransactionAsync();
        // As the store's own transaction does, and slow to commit.
        await RunAsync(connection, "SELECT epoch FROM metric_claim WHERE metric = 'requests' FOR SHARE");
        await RunAsync(connection, "INSERT INTO flush_cursor VALUES ('requests', 1, 'node-1', 9, 8, 0)");
        Task<IReadOnlyList<MetricClaim>> claiming = Store.ClaimAsync(["requests"], None);
        await Task.WhenAny(claiming, Task.Delay(300));
        Assert.False(claiming.IsCompleted);
        await writing.CommitAsync();
        MetricClaim second = Assert.Single(await claiming);
        Assert.Equal(8UL, Assert.Single(second.Cursors).AppliedThrough);
        Assert.True(second.Epoch > first.Epoch);
    }

    private static RollupFlush Flush(MetricClaim claim, double value, ulong appliedThrough) =>
        Of([A], [Row(0, T0, value)], Cursor("requests", appliedThrough)) with { Epoch = claim.Epoch };

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<double> SumAsync(string metric) =>
        (await Store.ReadAsync(metric, StoredResolution.OneMinute, Query(T0, T0 + 60_000, 60_000), None))!.Groups.SelectMany(g => g.Points).Sum(p => p.Aggregate.Sum);
}
