namespace MetricsGrains.Core.Ports;

/// <summary>The right to evaluate the rules of an alert store: of several nodes that share one, one has it, or the silos of one cluster together, so that nobody is paged twice. Not thread-safe.</summary>
public interface IEvaluationLease : IAsyncDisposable
{
    /// <summary>Whether other nodes may share the store, so that what they edit has to be looked for.</summary>
    bool IsShared { get; }

    /// <summary>Takes the right if nobody has it; of one that is held it says whether it still is. Asked every few seconds.</summary>
    /// <returns>False: another node has it.</returns>
    /// <exception cref="StoreUnavailableException">Nobody knows. Whoever held it may go on: another can't have taken it without the store.</exception>
    /// <exception cref="StoreConfigurationException">The store can't be used as configured.</exception>
    Task<bool> TryHoldAsync(CancellationToken cancel);
}
