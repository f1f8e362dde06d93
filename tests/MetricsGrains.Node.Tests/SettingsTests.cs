using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Node.Tests;

/// <summary>Starting with wrong settings, and from each place that settings come from.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Start_SeveralMistakes_ReportsAllAtOnceWithTheirKeysAndExits2()
    {
        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Http:Port=99999", "Durability=maybe", "Http:Prot=8080", "Retention:Raw=5s", "Cardinality:MaxSeriesPerMetric=0"]);

        Assert.Equal(2, exit);
        Assert.Contains("5 settings are wrong", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Http:Port: '99999' must be a whole number from 0 to 65535", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Durability: 'maybe' must be one of", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Http:Prot: there is no such setting; did you mean MetricsGrains:Http:Port?", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Retention:Raw: '5s' must be a time from 1h", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Cardinality:MaxSeriesPerMetric: '0'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Http:Port", SocketType.Stream)]
    [InlineData("StatsD:TcpPort", SocketType.Stream)]
    [InlineData("StatsD:UdpPort", SocketType.Dgram)]
    public async Task Start_PortTaken_Exits1AndNamesTheSetting(string key, SocketType type)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (type == SocketType.Stream)
        {
            taken.Listen();
        }
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        string[] free = [.. ((string[])["Http:Port", "StatsD:TcpPort", "StatsD:UdpPort"]).Where(k => k != key).Select(k => k + "=0")];

        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Address=127.0.0.1", $"{key}={port}", .. free]);

        Assert.Equal(1, exit);
        Assert.Contains($"can't listen on port {port}", output, StringComparison.Ordinal);
        Assert.Contains($"MetricsGrains:{key} to another port", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AddressOfAnotherMachine_Exits1WithoutAStackTrace()
    {
        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Address=192.0.2.1", "Http:Port=0", "StatsD:TcpPort=-1", "StatsD:UdpPort=-1"]);

        Assert.Equal(1, exit);
        Assert.Contains("can't listen", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataPathIsAFile_Exits1AndNamesIt()
    {
        string file = Path.Combine(_data.Path, "file");
        await File.WriteAllTextAsync(file, "");

        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, [$"DataPath={file}"]);

        Assert.Equal(1, exit);
        Assert.Contains(file, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SecondNodeOnTheSameData_Exits1AndLeavesTheFirstAlone()
    {
        await using NodeProcess first = await NodeProcess.StartAsync(_data.Path);
        await first.PostAsync("""{"name":"both.first","type":"counter","value":3}""");

        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Address=127.0.0.1", "Http:Port=0", "StatsD:TcpPort=0", "StatsD:UdpPort=0"]);

        Assert.Equal(1, exit);
        Assert.Contains("can't start", output, StringComparison.Ordinal);
        Assert.Equal(3, await first.TotalAsync("both.first", "sum", "from=now-10m&to=now&resolution=10s"));
    }

    [Fact]
    public async Task Start_SettingsInEnvironmentAndFile_AreReadAndTheCommandLineWins()
    {
        await File.WriteAllTextAsync(Path.Combine(_data.Path, "appsettings.json"), """{"MetricsGrains":{"Shards":"none","Http":{"MaxBodyBytes":1}}}""");

        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Durability=perhaps"], new Dictionary<string, string> { ["MetricsGrains__Durability"] = "maybe", ["MetricsGrains__StatsD__UdpPort"] = "x", ["MetricsGrains__Http__MaxBodyBytes"] = "2" });

        Assert.Equal(2, exit);
        Assert.Contains("MetricsGrains:Shards: 'none'", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Http:MaxBodyBytes: '2'", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:StatsD:UdpPort: 'x'", output, StringComparison.Ordinal);
        Assert.Contains("MetricsGrains:Durability: 'perhaps'", output, StringComparison.Ordinal);
        Assert.Contains("4 settings are wrong", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Banner_SaysWhereItListensAndWhereDataIs()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, "NodeName=banner-node");

        Assert.Contains("node banner-node", node.Output, StringComparison.Ordinal);
        Assert.Contains($"http://localhost:{node.HttpPort}/", node.Output, StringComparison.Ordinal);
        Assert.Contains($"UDP {node.UdpPort}, TCP {node.TcpPort}", node.Output, StringComparison.Ordinal);
        Assert.Contains(_data.Path, node.Output, StringComparison.Ordinal);
        Assert.Equal(0, await node.StopAsync());
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_FreshNode_ShowsAShopAtOnce()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, "Demo=true");

        await Eventually.TrueAsync(async () => await node.TotalAsync("shop.requests", "sum", "from=now-30m&to=now&resolution=1m") > 1_000, "half an hour of the shop's requests");
        foreach (string metric in (string[])["shop.latency", "shop.errors", "shop.orders", "shop.revenue", "shop.active_users"])
        {
            Assert.NotEqual(0, await node.TotalAsync(metric, "count", "from=now-30m&to=now&resolution=1m"));
        }
        Assert.Equal(0, await node.StopAsync());
    }
}
