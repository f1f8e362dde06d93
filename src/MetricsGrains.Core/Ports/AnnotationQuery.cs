using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>Which annotations are wanted, newest first.</summary>
/// <param name="FromMs">Unix ms, inclusive.</param>
/// <param name="ToMs">Unix ms, exclusive.</param>
/// <param name="Text">In the title or the text, whatever the letters' case; empty: any.</param>
/// <param name="Before">Only those before this one in the order of time: the last one of the page before, or <see cref="AnnotationPosition.End"/>.</param>
/// <param name="Limit">At least 1.</param>
public sealed record AnnotationQuery(long FromMs, long ToMs, IReadOnlyList<TagFilter> Filters, string Text, AnnotationPosition Before, int Limit)
{
    public bool Matches(Annotation annotation) =>
        annotation.UnixMs >= FromMs && annotation.UnixMs < ToMs && AnnotationPosition.Of(annotation) < Before
        && (annotation.Title.Contains(Text, StringComparison.OrdinalIgnoreCase) || annotation.Text.Contains(Text, StringComparison.OrdinalIgnoreCase))
        && TagFilter.AllMatch(Filters, annotation.Tags);
}
