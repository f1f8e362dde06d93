namespace MetricsGrains.Storage.Alerting;

/// <summary>Names as the design document's columns hold them, and as they are compared.</summary>
internal static class FoldedName
{
    /// <summary>Characters that the columns of names take.</summary>
    private const int MaxLength = 255;

    /// <summary>In upper case, so that names that differ in case only are one name, whatever the database's locale.</summary>
    public static string Of(string name) => Clip(name).ToUpperInvariant();

    /// <summary>The definition beside it has all of the text.</summary>
    public static string Clip(string text) =>
        text.Length <= MaxLength ? text : text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
}
