namespace MetricsGrains.Node.Tests;

/// <summary>How long raw samples are kept is set by metric; the rollups are there all the same, of late samples too.</summary>
public sealed class RawDetailTests : IDisposable
{
    private const long Hour = 3_600_000;

    private readonly DataFolder _data = new();

    /// <summary>A minute's start, three hours ago: beyond memory, and beyond what two hours of raw detail cover.</summary>
    private readonly long _old = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000) - (3 * Hour);

    public void Dispose() => _data.Dispose();

    [Fact]
    public Task Points_OfHoursAgo_SqliteKeepsRawWhatIsSet() => CheckAsync("");

    [PostgresFact]
    public async Task Points_OfHoursAgo_PostgresKeepsRawWhatIsSet() => await CheckAsync(await NodeDatabase.CreateAsync());

    private async Task CheckAsync(string connectionString)
    {
        string[] settings = [$"Store:ConnectionString={connectionString}", "Flush:Interval=100ms", "Flush:RawInterval=100ms", "RawDetail:0:Pattern=detail.none.*", "RawDetail:1:Pattern=*.brief", "RawDetail:1:Keep=2h"];
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. settings, "RawDetail:0:Keep=none"]))
        {
            await SendAsync(node);
            // The same archive takes all of them or none.
            await Eventually.EqualAsync(3, () => RawAsync(node, "detail.all", _old), "raw samples in the store");
            await Eventually.EqualAsync(3, () => RawAsync(node, "detail.brief", _old + Hour + (Hour / 2)), "raw samples that are kept briefly");
            Assert.Equal(0, await RawAsync(node, "detail.none.a", _old));
            Assert.Equal(0, await RawAsync(node, "detail.brief", _old));
            await AssertRollupsAsync(node, 1);
            Assert.Equal(0, await node.StopAsync());
        }
        // With another setting: what was written or not stays so, and what comes is kept as it says now.
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. settings, "RawDetail:0:Keep=all"]))
        {
            await SendAsync(node);
            await Eventually.EqualAsync(3, () => RawAsync(node, "detail.none.a", _old), "raw samples of what was not kept before");
            await Eventually.EqualAsync(6, () => RawAsync(node, "detail.all", _old), "raw samples in the store");
            Assert.Equal(0, await RawAsync(node, "detail.brief", _old));
            await AssertRollupsAsync(node, 2);
            Assert.Equal(0, await node.StopAsync());
        }
    }

    private async Task SendAsync(NodeProcess node)
    {
        PointsReply reply = await node.PostAsync(string.Join('\n',
            ((string[])["detail.all", "detail.none.a", "detail.brief"]).SelectMany(name => ((long[])[_old, _old + Hour + (Hour / 2)]).Select(at => $$"""{"name":"{{name}}","type":"counter","value":3,"timestamp":{{at + 10_000}}}"""))));
        Assert.Equal((200, 6L), (reply.Status, reply.Accepted));
    }

    private async Task AssertRollupsAsync(NodeProcess node, int times)
    {
        foreach (string name in (string[])["detail.all", "detail.none.a", "detail.brief"])
        {
            Assert.Equal(6 * times, await node.TotalAsync(name, "sum", $"from={_old}&to={_old + (2 * Hour)}&resolution=1m"));
        }
    }

    private static Task<double> RawAsync(NodeProcess node, string name, long from) => node.TotalAsync(name, "sum", $"from={from}&to={from + 60_000}&resolution=10s");
}
