using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Common;

/// <summary>What a search for words looks through.</summary>
internal static class AnnotationText
{
    /// <summary>Title and text in upper case: a case-insensitive search then is the same in every database and locale.</summary>
    public static string Fold(Annotation annotation) => Fold($"{annotation.Title}\n{annotation.Text}");

    public static string Fold(string text) => text.ToUpperInvariant();
}
