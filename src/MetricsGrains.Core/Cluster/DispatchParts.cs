using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Cluster;

/// <summary>The building blocks of a dispatch, read from bytes that may be damaged: the hot path, so with no exception for it.</summary>
internal static class DispatchParts
{
    public static bool TryNumber(ReadOnlySpan<byte> bytes, scoped ref int at, out ulong value)
    {
        int used = Varint.Read(bytes[at..], out value);
        at += used;
        return used > 0;
    }

    public static bool TryBytes(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> part)
    {
        part = default;
        if (!TryNumber(bytes, ref at, out ulong length) || length > (ulong)(bytes.Length - at))
        {
            return false;
        }
        part = bytes.Slice(at, (int)length);
        at += part.Length;
        return true;
    }

    public static bool TryText(ReadOnlySpan<byte> bytes, scoped ref int at, out string text)
    {
        bool read = TryBytes(bytes, ref at, out ReadOnlySpan<byte> utf8);
        text = read ? Encoding.UTF8.GetString(utf8) : "";
        return read;
    }
}
