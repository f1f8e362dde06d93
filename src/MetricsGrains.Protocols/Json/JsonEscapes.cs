using System.Globalization;
using System.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>Undoes a JSON string's escapes. Source: RFC 8259, section 7.</summary>
internal static class JsonEscapes
{
    /// <summary>No room for the text.</summary>
    public const int TooLong = -1;

    /// <summary>A surrogate without its other half: it stands for no character.</summary>
    public const int LoneSurrogate = -2;

    /// <param name="raw">A string without its quotes whose escapes the scanner found well formed.</param>
    /// <returns>Bytes written, or one of the negative answers.</returns>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        int written = 0;
        while (!raw.IsEmpty)
        {
            int run = raw.IndexOf((byte)'\\');
            run = run < 0 ? raw.Length : run;
            if (run > destination.Length - written)
            {
                return TooLong;
            }
            raw[..run].CopyTo(destination[written..]);
            written += run;
            raw = raw[run..];
            if (raw.Length < 2)
            {
                break;
            }
            if (raw[1] != 'u')
            {
                if (written == destination.Length)
                {
                    return TooLong;
                }
                destination[written++] = Simple(raw[1]);
                raw = raw[2..];
                continue;
            }
            if (!TryTakeRune(ref raw, out Rune rune))
            {
                return LoneSurrogate;
            }
            if (!rune.TryEncodeToUtf8(destination[written..], out int used))
            {
                return TooLong;
            }
            written += used;
        }
        return written;
    }

    private static byte Simple(byte escape) => escape switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => escape,
    };

    private static bool TryTakeRune(scoped ref ReadOnlySpan<byte> raw, out Rune rune)
    {
        rune = default;
        if (!TryTakeUnit(ref raw, out char first))
        {
            return false;
        }
        if (!char.IsSurrogate(first))
        {
            rune = new Rune(first);
            return true;
        }
        return TryTakeUnit(ref raw, out char second) && Rune.TryCreate(first, second, out rune);
    }

    private static bool TryTakeUnit(scoped ref ReadOnlySpan<byte> raw, out char unit)
    {
        unit = default;
        if (raw.Length < 6 || raw[0] != '\\' || raw[1] != 'u' || !ushort.TryParse(raw.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
        {
            return false;
        }
        unit = (char)code;
        raw = raw[6..];
        return true;
    }
}
