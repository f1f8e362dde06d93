using System.Buffers.Binary;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Cluster;

/// <summary>What one origin has for one metric; borrows its bytes. Never throws on damaged ones.</summary>
public ref struct DispatchGroup
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly byte _flags;
    private int _at;

    private DispatchGroup(ReadOnlySpan<byte> bytes, ulong hash, string metric, ulong epoch, byte flags, int at)
    {
        _bytes = bytes;
        MetricHash = hash;
        Metric = metric;
        Epoch = epoch;
        _flags = flags;
        _at = at;
    }

    public ulong MetricHash { get; }

    public string Metric { get; }

    public ulong Epoch { get; }

    public readonly bool IsJoin => (_flags & DispatchFormat.FlagJoin) != 0;

    public readonly bool IsCaughtUp => (_flags & DispatchFormat.FlagCaughtUp) != 0;

    public ulong Previous { get; private set; }

    public ulong Sequence { get; private set; }

    /// <summary>The record's slice of the metric, as <see cref="SampleSlice.TryRead"/> takes it.</summary>
    public ReadOnlySpan<byte> Slice { get; private set; }

    public readonly bool IsAtEnd => _at == _bytes.Length;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out DispatchGroup group)
    {
        group = default;
        int at = 8;
        if (bytes.Length < 8 || !DispatchParts.TryText(bytes, ref at, out string metric) || !DispatchParts.TryNumber(bytes, ref at, out ulong epoch) || at >= bytes.Length)
        {
            return false;
        }
        group = new DispatchGroup(bytes, BinaryPrimitives.ReadUInt64LittleEndian(bytes), metric, epoch, bytes[at], at + 1);
        return true;
    }

    public bool MoveNext()
    {
        int at = _at;
        if (!DispatchParts.TryNumber(_bytes, ref at, out ulong previous) || !DispatchParts.TryNumber(_bytes, ref at, out ulong sequence) || !DispatchParts.TryBytes(_bytes, ref at, out ReadOnlySpan<byte> slice))
        {
            return false;
        }
        Previous = previous;
        Sequence = sequence;
        Slice = slice;
        _at = at;
        return true;
    }
}
