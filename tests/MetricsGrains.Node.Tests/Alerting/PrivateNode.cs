namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>A node as it comes: it sends to no private address. One for the whole run, ended with it.</summary>
internal sealed class PrivateNode
{
    private static readonly Lazy<Task<PrivateNode>> s_shared = new(StartAsync);

    private PrivateNode(NodeProcess node) => Node = node;

    public NodeProcess Node { get; }

    public static Task<PrivateNode> SharedAsync() => s_shared.Value;

    private static async Task<PrivateNode> StartAsync()
    {
        var data = new DataFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => data.Dispose();
        return new PrivateNode(await NodeProcess.StartAsync(data.Path));
    }
}
