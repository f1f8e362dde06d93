using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>metricsgrains health, as a container's health check runs it.</summary>
public sealed class HealthTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Health_OfARunningNode_EndsWithZeroWhicheverWayItIsNamed()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path);

        foreach (string[] command in (string[][])[["health", "--url", $"http://127.0.0.1:{node.HttpPort}"], ["health", $"--MetricsGrains:Http:Port={node.HttpPort}"], ["health", $"--MetricsGrains:Http:Port={node.HttpPort}", "--MetricsGrains:Address=127.0.0.1"]])
        {
            (int exit, string output) = await OperatorProcess.RunAsync(command);
            Assert.True((exit, output.Trim()) == (0, "ready"), output);
        }
        (int live, string said) = await OperatorProcess.RunAsync("health", "--live", "--url", $"http://127.0.0.1:{node.HttpPort}");
        Assert.True((live, said.Trim()) == (0, "live"), said);
    }

    [PostgresFact]
    public async Task Health_OfANodeThatIsNotReady_EndsWithOneAndSaysWhy()
    {
        // A read-only node is not ready while its store can't be read.
        string database = await NodeDatabase.CreateAsync();
        await using (NodeProcess writer = await NodeProcess.StartAsync(_data.Path, $"Store:ConnectionString={database}"))
        {
            Assert.Equal(0, await writer.StopAsync());
        }
        using var folder = new DataFolder();
        await using NodeProcess reader = await NodeProcess.StartAsync(folder.Path, $"Store:ConnectionString={database}", "Store:ReadOnly=true");
        await Testbed.PostgresCluster.ExecuteAsync(database, "ALTER TABLE metric RENAME TO metric_gone");

        (int exit, string output) = await OperatorProcess.RunAsync("health", "--url", $"http://127.0.0.1:{reader.HttpPort}");

        Assert.True(exit == 1 && output.Contains("503 not ready", StringComparison.Ordinal) && output.Contains("the store", StringComparison.Ordinal), output);
        (exit, output) = await OperatorProcess.RunAsync("health", "--live", "--url", $"http://127.0.0.1:{reader.HttpPort}");
        Assert.True((exit, output.Trim()) == (0, "live"), output);
    }

    [Fact]
    public async Task Health_WhereNobodyAnswers_EndsWithOneWithoutAStackTrace()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)silent.LocalEndPoint!).Port;

        (int exit, string output) = await OperatorProcess.RunAsync("health", $"--MetricsGrains:Http:Port={port}");
        Assert.True(exit == 1 && output.Contains("refused", StringComparison.Ordinal) && !output.Contains("   at ", StringComparison.Ordinal), output);

        // Takes connections, as a process does that hangs, and says nothing.
        silent.Listen();
        (exit, output) = await OperatorProcess.RunAsync("health", $"--MetricsGrains:Http:Port={port}");
        Assert.True(exit == 1 && output.Contains("no answer within 4s", StringComparison.Ordinal) && !output.Contains("   at ", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("--url", "nowhere")]
    [InlineData("--MetricsGrains:Http:Port=0")]
    [InlineData("--wrong")]
    [InlineData("--MetricsGrains:Http:Prot=1")]
    public async Task Health_OfWhatCantBeAsked_EndsWithTwo(params string[] arguments)
    {
        (int exit, string output) = await OperatorProcess.RunAsync(["health", .. arguments]);
        Assert.True(exit == 2 && !output.Contains("   at ", StringComparison.Ordinal), output);
    }
}
