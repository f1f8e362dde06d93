namespace MetricsGrains.Core.Ports;

/// <summary>A place in the order of annotations: by time, those of one time by id.</summary>
public readonly record struct AnnotationPosition(long UnixMs, Guid Id) : IComparable<AnnotationPosition>
{
    /// <summary>Behind every annotation.</summary>
    public static readonly AnnotationPosition End = new(long.MaxValue, Guid.AllBitsSet);

    public static AnnotationPosition Of(Annotation annotation) => new(annotation.UnixMs, annotation.Id);

    public int CompareTo(AnnotationPosition other) => UnixMs == other.UnixMs ? Id.CompareTo(other.Id) : UnixMs.CompareTo(other.UnixMs);

    public static bool operator <(AnnotationPosition a, AnnotationPosition b) => a.CompareTo(b) < 0;

    public static bool operator >(AnnotationPosition a, AnnotationPosition b) => a.CompareTo(b) > 0;

    public static bool operator <=(AnnotationPosition a, AnnotationPosition b) => a.CompareTo(b) <= 0;

    public static bool operator >=(AnnotationPosition a, AnnotationPosition b) => a.CompareTo(b) >= 0;
}
