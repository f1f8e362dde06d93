namespace MetricsGrains.Core.Ports;

/// <summary>Annotations. Same threading and errors as <see cref="IRollupStore"/>, usually the same object; dropped by its RetainAsync.</summary>
public interface IAnnotationStore
{
    /// <summary>Appends those whose ids are not there yet, all or nothing. Safe to repeat.</summary>
    Task AppendAnnotationsAsync(IReadOnlyList<Annotation> annotations, CancellationToken cancel);

    /// <returns>Newest first.</returns>
    Task<IReadOnlyList<Annotation>> ReadAnnotationsAsync(AnnotationQuery query, CancellationToken cancel);
}
