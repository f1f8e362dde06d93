using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>The one place where a grain's state is kept in a cluster. Of two activations of one grain only the later can write.</summary>
internal interface IFencedState
{
    /// <summary>As it was when this activation began; empty: there was none.</summary>
    ReadOnlyMemory<byte> Initial { get; }

    /// <exception cref="StoreUnavailableException">The outcome is unknown.</exception>
    /// <exception cref="SupersededException">Somebody else has written since it was read. The activation is ended.</exception>
    Task WriteAsync(byte[] state, CancellationToken cancel);

    /// <summary>As if there had never been one. Errors as <see cref="WriteAsync"/>.</summary>
    Task ClearAsync(CancellationToken cancel);
}
