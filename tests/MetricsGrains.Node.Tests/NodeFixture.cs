namespace MetricsGrains.Node.Tests;

/// <summary>A node for all tests of a class.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    private readonly DataFolder _data = new();
    private NodeProcess? _node;

    internal NodeProcess Node => _node ?? throw new InvalidOperationException("not initialised");

    public async Task InitializeAsync() => _node = await NodeProcess.StartAsync(_data.Path, "Http:MaxBodyBytes=4194304");

    public async Task DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
        _data.Dispose();
    }
}
