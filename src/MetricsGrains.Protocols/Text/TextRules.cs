using System.Buffers;
using System.Text.Unicode;

namespace MetricsGrains.Protocols.Text;

/// <summary>What every protocol's names and tags must be: UTF-8 without control characters, within a length.</summary>
public static class TextRules
{
    /// <summary>Bytes a metric name may have. The store's column is VARCHAR(255), which counts characters: bytes are the safe side.</summary>
    public const int MaxNameBytes = 255;

    // C0 and DEL. PostgreSQL's text cannot hold NUL, and a line break in a name breaks every line-oriented output.
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127,
    ]);

    /// <summary>Checks a metric's name. The length comes first, so that a megabyte of name costs nothing.</summary>
    public static TextStatus CheckName(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? TextStatus.Empty : name.Length > MaxNameBytes ? TextStatus.TooLong : Check(name);

    /// <summary>Checks text of any length, empty too.</summary>
    public static TextStatus Check(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAny(Controls))
        {
            return TextStatus.ControlCharacter;
        }
        return Utf8.IsValid(text) ? TextStatus.Ok : TextStatus.BadUtf8;
    }
}
