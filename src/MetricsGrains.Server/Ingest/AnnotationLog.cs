using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Ingest;

/// <summary>Annotations on their way to the store and in it. What was added is in the next answer. Thread-safe.</summary>
/// <param name="limits">Null: the defaults.</param>
public sealed class AnnotationLog(IAnnotationStore store, IngestMeters meters, TimeProvider time, ILogger<AnnotationLog> logger, BatchLimits? limits = null)
{
    private readonly BatchWriter<Annotation> _writer = new("annotations", store.AppendAnnotationsAsync, limits ?? new BatchLimits(), time, logger);

    /// <summary>Takes it in; drops and counts it when the store has not taken any for so long that there is no room.</summary>
    public void Add(Annotation annotation)
    {
        if (!_writer.TryAdd(annotation))
        {
            meters.Dropped("annotations", 1);
        }
    }

    /// <summary>Newest first.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<IReadOnlyList<Annotation>> ReadAsync(AnnotationQuery query, CancellationToken cancel)
    {
        // Before the store is asked: what is written meanwhile is then in both, and never in neither.
        Annotation[] pending = [.. _writer.Pending.Where(query.Matches)];
        IReadOnlyList<Annotation> stored = await store.ReadAnnotationsAsync(query, cancel);
        return pending.Length == 0 ? stored : [.. pending.Concat(stored).DistinctBy(a => a.Id).OrderByDescending(AnnotationPosition.Of).Take(query.Limit)];
    }

    public Task RunAsync(CancellationToken stop) => _writer.RunAsync(stop);

    /// <summary>Writes what is left, once nothing is added any more and <see cref="RunAsync"/> has ended.</summary>
    public Task DrainAsync(CancellationToken cancel) => _writer.DrainAsync(cancel);
}
