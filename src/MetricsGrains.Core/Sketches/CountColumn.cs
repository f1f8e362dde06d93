using System.Runtime.InteropServices;

namespace MetricsGrains.Core.Sketches;

/// <summary>
/// A row of non-negative counts, all of one width: 1, 2, 4 or 8 bytes, whichever the largest needs. Most sketches are
/// short-lived and their counts fit a byte; a fixed eight bytes would be eight times the memory.
/// </summary>
/// <remarks>A mutable struct: it lives in one field of its owner and is not copied.</remarks>
internal struct CountColumn(int capacity, int log2Width = 0)
{
    private byte[] _bytes = capacity == 0 ? [] : new byte[RoundedBytes(capacity, log2Width)];
    private int _log2Width = log2Width;

    public readonly int Capacity => _bytes.Length >> _log2Width;

    /// <summary>Bytes per count.</summary>
    public readonly int Width => 1 << _log2Width;

    public readonly int Log2Width => _log2Width;

    public readonly int ByteLength => _bytes.Length;

    /// <summary>log2 of the least width that holds the count.</summary>
    public static int Log2WidthFor(long count) => count switch
    {
        <= byte.MaxValue => 0,
        <= ushort.MaxValue => 1,
        <= uint.MaxValue => 2,
        _ => 3,
    };

    public readonly long Get(int slot) => _log2Width switch
    {
        0 => _bytes[slot],
        1 => Cells<ushort>()[slot],
        2 => Cells<uint>()[slot],
        _ => Cells<long>()[slot],
    };

    /// <summary>Adds to one count; at 8 bytes it stops at <see cref="long.MaxValue"/>.</summary>
    /// <param name="filled">Is incremented when the count was zero.</param>
    /// <returns>False, and nothing changed, when the sum needs a wider column.</returns>
    public readonly bool TryAdd(int slot, long count, ref int filled)
    {
        // Written out for each width: generic arithmetic boxes its numbers until the JIT gets to optimising it.
        // No sum here wraps: at most twice long.MaxValue.
        ulong sum;
        switch (_log2Width)
        {
            case 0:
                ref byte one = ref _bytes[slot];
                sum = one + (ulong)count;
                if (sum > byte.MaxValue) return false;
                if (one == 0) filled++;
                one = (byte)sum;
                return true;
            case 1:
                ref ushort two = ref Cells<ushort>()[slot];
                sum = two + (ulong)count;
                if (sum > ushort.MaxValue) return false;
                if (two == 0) filled++;
                two = (ushort)sum;
                return true;
            case 2:
                ref uint four = ref Cells<uint>()[slot];
                sum = four + (ulong)count;
                if (sum > uint.MaxValue) return false;
                if (four == 0) filled++;
                four = (uint)sum;
                return true;
            default:
                ref ulong eight = ref Cells<ulong>()[slot];
                if (eight == 0) filled++;
                eight = Math.Min(eight + (ulong)count, long.MaxValue);
                return true;
        }
    }

    /// <summary>The sum of all counts: each may be saturated, so it can exceed 64 bits.</summary>
    public readonly UInt128 Total()
    {
        // A loop for each width, because a percentile is one of these over every bucket there is. Narrow counts can't overflow: there are less than 2^31 of them.
        ulong total = 0;
        switch (_log2Width)
        {
            case 0:
                foreach (byte count in _bytes) total += count;
                return total;
            case 1:
                foreach (ushort count in Cells<ushort>()) total += count;
                return total;
            case 2:
                foreach (uint count in Cells<uint>()) total += count;
                return total;
            default:
                UInt128 wide = 0;
                foreach (ulong count in Cells<ulong>()) wide += count;
                return wide;
        }
    }

    /// <summary>The slot at which the counts, added up in order, reach <paramref name="rank"/>, at least 1.</summary>
    /// <returns>False: all of them together do not.</returns>
    public readonly bool TryFind(UInt128 rank, out int slot)
    {
        if (_log2Width == 3) return TryFindWide(rank, out slot);
        ulong passed = 0, wanted = rank > ulong.MaxValue ? ulong.MaxValue : (ulong)rank;
        int capacity = Capacity;
        for (slot = 0; slot < capacity; slot++)
        {
            passed += _log2Width switch { 0 => _bytes[slot], 1 => Cells<ushort>()[slot], _ => Cells<uint>()[slot] };
            if (passed >= wanted) return true;
        }

        return false;
    }

    private readonly bool TryFindWide(UInt128 rank, out int slot)
    {
        UInt128 passed = 0;
        ReadOnlySpan<ulong> counts = Cells<ulong>();
        for (slot = 0; slot < counts.Length; slot++)
        {
            passed += counts[slot];
            if (passed >= rank) return true;
        }

        return false;
    }

    /// <summary>Opens a zero at <paramref name="slot"/>; those from there to <paramref name="used"/> move up by one.</summary>
    public readonly void Insert(int slot, int used)
    {
        int from = slot << _log2Width;
        Buffer.BlockCopy(_bytes, from, _bytes, from + Width, (used - slot) << _log2Width);
        _bytes.AsSpan(from, Width).Clear();
    }

    /// <summary>Replaces the column by one of another capacity or a greater width that holds the first <paramref name="used"/> counts.</summary>
    public void Resize(int capacity, int log2Width, int used)
    {
        var wider = new CountColumn(capacity, log2Width);
        if (log2Width == _log2Width)
        {
            Buffer.BlockCopy(_bytes, 0, wider._bytes, 0, used << _log2Width);
        }
        else
        {
            int filled = 0;
            for (int slot = 0; slot < used; slot++) wider.TryAdd(slot, Get(slot), ref filled);
        }

        this = wider;
    }

    /// <summary>A copy that shares nothing with this one.</summary>
    public readonly CountColumn Clone() => _bytes.Length == 0 ? this : this with { _bytes = (byte[])_bytes.Clone() };

    public readonly void Zero() => Array.Clear(_bytes);

    private readonly Span<T> Cells<T>() where T : struct => MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());

    // The heap rounds arrays up to 8 bytes anyway: make the rest usable.
    private static int RoundedBytes(int capacity, int log2Width) => ((capacity << log2Width) + 7) & ~7;
}
