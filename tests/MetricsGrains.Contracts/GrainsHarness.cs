using MetricsGrains.Core.Ports;

namespace MetricsGrains.Contracts;

/// <summary>A running, empty host of one kind, in this process or not. Its clock is the machine's.</summary>
public abstract class GrainsHarness : IAsyncDisposable
{
    public abstract IGrains Grains { get; }

    public abstract ValueTask DisposeAsync();
}
