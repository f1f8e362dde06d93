namespace MetricsGrains.Server.Ingest;

/// <summary>The newest annotations, in memory. Thread-safe.</summary>
public sealed class AnnotationLog
{
    /// <summary>Kept at most: events are for people, who do not read more.</summary>
    public const int Capacity = 10_000;

    private readonly Queue<Annotation> _annotations = new();
    private readonly Lock _gate = new();

    public void Add(Annotation annotation)
    {
        lock (_gate)
        {
            if (_annotations.Count == Capacity)
            {
                _annotations.Dequeue();
            }
            _annotations.Enqueue(annotation);
        }
    }

    /// <summary>Those in [from, to), newest first, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<Annotation> Between(long fromMs, long toMs, int limit)
    {
        lock (_gate)
        {
            return [.. _annotations.Where(a => a.UnixMs >= fromMs && a.UnixMs < toMs).OrderByDescending(a => a.UnixMs).Take(limit)];
        }
    }
}
