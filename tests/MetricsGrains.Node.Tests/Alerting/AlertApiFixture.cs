namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>A node that evaluates its rules each second and may send to this machine.</summary>
public sealed class AlertApiFixture : IAsyncLifetime
{
    private readonly DataFolder _data = new();
    private NodeProcess? _node;

    internal NodeProcess Node => _node ?? throw new InvalidOperationException("not initialised");

    internal AlertApi Api => new(Node);

    public async Task InitializeAsync() => _node = await NodeProcess.StartAsync(_data.Path, "Alerting:EvaluationInterval=1s", "Alerting:AllowPrivateWebhooks=true");

    public async Task DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
        _data.Dispose();
    }
}
