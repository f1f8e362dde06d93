using System.Numerics;

namespace MetricsGrains.Core.Sketches;

/// <summary>
/// What a hash says to a HyperLogLog, in two resolutions. Dense: register = the first 14 bits, rank = 1 + leading zeros of
/// the other 50. Sparse: the first 25 bits, from which register and rank follow unless the last 11 of them are all zero;
/// only then is the rank of the other 39 bits needed.
/// </summary>
/// <remarks>Source: Heule, Nunkesser, Hall, "HyperLogLog in practice", EDBT 2013, section 5.3 (p' = 25).</remarks>
internal static class HyperLogLogRegister
{
    /// <summary>Bits of a sparse entry's index.</summary>
    public const int SparsePrecision = 25;

    /// <summary>The greatest rank of a dense register: 50 zeros and one.</summary>
    public const int MaxRank = 64 - HyperLogLog.Precision + 1;

    /// <summary>The greatest rank of a sparse entry: 39 zeros and one.</summary>
    public const int MaxSparseRank = 64 - SparsePrecision + 1;

    /// <summary>An entry is its index above six bits of rank, so that entries sort by index.</summary>
    public const int RankBits = 6;

    private const int ExtraBits = SparsePrecision - HyperLogLog.Precision;
    private const uint ExtraMask = (1u << ExtraBits) - 1;

    public static int Index(ulong hash) => (int)(hash >> (64 - HyperLogLog.Precision));

    public static byte Rank(ulong hash) =>
        // The bit set behind the last ends the count for a hash that is zero throughout.
        (byte)(BitOperations.LeadingZeroCount((hash << HyperLogLog.Precision) | (1UL << (HyperLogLog.Precision - 1))) + 1);

    public static uint Entry(ulong hash)
    {
        uint index = (uint)(hash >> (64 - SparsePrecision));
        if (!HasRank(index)) return index << RankBits;
        int rank = BitOperations.LeadingZeroCount((hash << SparsePrecision) | (1UL << (SparsePrecision - 1))) + 1;
        return (index << RankBits) | (uint)rank;
    }

    /// <summary>Whether the entry of this sparse index has a rank of its own; it is 0 otherwise.</summary>
    public static bool HasRank(uint sparseIndex) => (sparseIndex & ExtraMask) == 0;

    public static int IndexOfEntry(uint entry) => (int)(entry >> (RankBits + ExtraBits));

    public static byte RankOfEntry(uint entry)
    {
        uint extra = (entry >> RankBits) & ExtraMask;
        return extra == 0
            ? (byte)(ExtraBits + (entry & ((1u << RankBits) - 1)))
            : (byte)(BitOperations.LeadingZeroCount(extra) - (32 - ExtraBits) + 1);
    }
}
