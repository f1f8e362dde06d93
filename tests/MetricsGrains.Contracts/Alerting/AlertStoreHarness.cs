using MetricsGrains.Core.Ports;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>An open, empty alert store of one implementation, and ways to close it, kill it, and look into it.</summary>
public abstract class AlertStoreHarness : IAsyncDisposable
{
    public abstract IAlertStore Store { get; }

    /// <summary>Opens it again over the same data.</summary>
    /// <param name="killed">As a killed process leaves it: nothing was closed.</param>
    public abstract Task ReopenAsync(bool killed);

    /// <summary>All that is stored, as text, but for the table of secrets.</summary>
    public abstract Task<string> DumpWithoutSecretsAsync();

    public abstract ValueTask DisposeAsync();
}
