using MetricsGrains.Core.Ports;

namespace MetricsGrains.Contracts;

/// <summary>An open, empty store of one implementation, and the way to close it and open it again over the same data.</summary>
public abstract class StoreHarness : IAsyncDisposable
{
    public abstract IRollupStore Rollups { get; }

    public abstract IRawStore Raw { get; }

    public abstract IAnnotationStore Annotations { get; }

    public abstract Task ReopenAsync();

    public abstract ValueTask DisposeAsync();
}
