namespace MetricsGrains.Browser.Tests;

/// <summary>A node with the demo shop sending, and the one that is looked at: a read-only one on the same store.</summary>
public sealed class ReadOnlyFixture : BrowserFixture
{
    private NodeProcess? _writer;

    public NodeProcess Writer => _writer ?? throw new InvalidOperationException("not initialised");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _writer?.Dispose();
    }

    protected override async Task<NodeProcess> StartNodeAsync()
    {
        _writer = await NodeProcess.StartAsync("--demo", "--MetricsGrains:NodeName=writer", "--MetricsGrains:Flush:Interval=1s");
        return await NodeProcess.StartAsync($"--MetricsGrains:DataPath={_writer.DataPath}", "--MetricsGrains:Store:ReadOnly=true", "--MetricsGrains:NodeName=reader");
    }
}
