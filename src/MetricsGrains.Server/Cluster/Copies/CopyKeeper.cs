using System.Collections.Concurrent;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>Keeps copies of other silos' logs on this one's disk, as they ask for it. Thread-safe.</summary>
/// <param name="folder">Made when the first copy is begun.</param>
/// <param name="like">How this silo keeps its own log.</param>
/// <param name="maxAhead">How far ahead of the time samples may be.</param>
public sealed class CopyKeeper(string folder, IngestLogOptions like, TimeSpan maxAhead, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, OriginCopies> _origins = new(StringComparer.Ordinal);

    /// <summary>Takes records, if they follow what the origin's copy has.</summary>
    /// <returns>Where the copy is now. It is on disk up to there.</returns>
    /// <exception cref="IOException">The disk is full or failing; the copy must be begun anew.</exception>
    /// <exception cref="Core.Ports.LogUnavailableException">The same.</exception>
    public Task<CopyAnswer> TakeAsync(CopyRequest request, CancellationToken cancel) => Of(request.Origin).TakeAsync(request, cancel);

    /// <summary>Deletes an origin's copies before a generation: another silo has that one, and it is whole.</summary>
    public Task DropAsync(string origin, ulong below, CancellationToken cancel) => Of(origin).DropAsync(below, cancel);

    public async ValueTask DisposeAsync()
    {
        foreach (OriginCopies origin in _origins.Values)
        {
            await origin.DisposeAsync();
        }
    }

    private OriginCopies Of(string origin) => _origins.GetOrAdd(origin, name => new OriginCopies(folder, name, like, maxAhead, time, loggers));
}
