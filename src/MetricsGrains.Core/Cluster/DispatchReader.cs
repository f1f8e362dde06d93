using System.Buffers.Binary;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Cluster;

/// <summary>Walks a dispatch; borrows its bytes. Never throws on damaged ones.</summary>
public ref struct DispatchReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private DispatchReader(ReadOnlySpan<byte> bytes, string origin, long completeFromMs, int at)
    {
        _bytes = bytes;
        Origin = origin;
        CompleteFromMs = completeFromMs;
        _at = at;
    }

    public string Origin { get; }

    public long CompleteFromMs { get; }

    /// <summary>The group that <see cref="MoveNext"/> came to: where its bytes are in the dispatch.</summary>
    public Range Current { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out DispatchReader reader)
    {
        reader = default;
        if (bytes.Length < 4 || !bytes.StartsWith(DispatchFormat.Magic) || bytes[3] != DispatchFormat.Version)
        {
            return false;
        }
        int at = 4;
        if (!DispatchParts.TryText(bytes, ref at, out string origin) || !DispatchParts.TryNumber(bytes, ref at, out ulong complete))
        {
            return false;
        }
        reader = new DispatchReader(bytes, origin, Varint.UnZigZag(complete), at);
        return true;
    }

    public bool MoveNext()
    {
        if (_bytes.Length - _at < 4)
        {
            return false;
        }
        int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_at..]);
        if (length < 0 || length > _bytes.Length - _at - 4)
        {
            return false;
        }
        Current = new Range(_at + 4, _at + 4 + length);
        _at += 4 + length;
        return true;
    }
}
