using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MetricsGrains.Core.Sketches;

/// <summary>
/// Estimates how many different things were added, with a standard error of 1.04/sqrt(16384) = 0.81 %, in at most 16 KB.
/// Up to <see cref="MaxSparseEntries"/> it keeps a sorted list of 25-bit prefixes (four bytes each) and is next to exact.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// <para>Sources: Flajolet et al., "HyperLogLog", 2007; Heule et al., "HyperLogLog in practice", 2013, for the sparse form;
/// Ertl 2017 (arXiv:1702.01284) for the estimator.</para>
/// <para>Adding is idempotent, merging is associative and commutative: the same hashes give the same <see cref="ToArray"/>
/// bytes in whatever order and parts they came. What decides for dense is the number of different prefixes, which does not
/// depend on the way there.</para>
/// </remarks>
public sealed class HyperLogLog
{
    /// <summary>log2 of the number of registers.</summary>
    public const int Precision = 14;

    /// <summary>The most entries a sparse form holds: there it is as large as the packed registers, 12,288 bytes.</summary>
    public const int MaxSparseEntries = (1 << Precision) * 6 / 8 / sizeof(uint);

    private const int FirstCapacity = 4;

    private byte[]? _registers; // null: sparse
    private uint[] _entries = [];
    private int _used;

    /// <summary>The sorted list is in use, not the registers.</summary>
    public bool IsSparse => _registers is null;

    /// <summary>Bytes this takes in memory on a 64-bit runtime.</summary>
    public int MemoryBytes => 40 + (_registers is null ? 0 : 24 + _registers.Length)
        + (_entries.Length == 0 ? 0 : 24 + ((_entries.Length * sizeof(uint) + 7) & ~7));

    /// <summary>Adds a thing by its hash.</summary>
    /// <param name="hash">
    /// Well mixed 64 bits, the same for the same thing in every process whose sketches will ever be merged.
    /// </param>
    public void Add(ulong hash)
    {
        if (_registers is null)
        {
            AddEntry(HyperLogLogRegister.Entry(hash));
            return;
        }

        ref byte register = ref _registers[HyperLogLogRegister.Index(hash)];
        byte rank = HyperLogLogRegister.Rank(hash);
        if (rank > register) register = rank;
    }

    /// <summary>Adds all that the other was given. The other is not changed.</summary>
    public void Merge(HyperLogLog other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._registers is null)
        {
            // Into itself is harmless: every entry is there already and nothing moves.
            if (_registers is null && other._used > FirstCapacity) MergeSorted(other.Entries);
            else foreach (uint entry in other.Entries) AddEntry(entry);
            return;
        }

        MakeDense();
        Span<Vector<byte>> mine = MemoryMarshal.Cast<byte, Vector<byte>>(_registers.AsSpan());
        Span<Vector<byte>> theirs = MemoryMarshal.Cast<byte, Vector<byte>>(other._registers.AsSpan());
        for (int i = 0; i < mine.Length; i++) mine[i] = Vector.Max(mine[i], theirs[i]);
    }

    /// <summary>
    /// How many different hashes were added: 0 when none, not rounded. Walks all registers of the dense form.
    /// </summary>
    public double Estimate() => _registers is null ? HyperLogLogEstimator.Sparse(_used) : HyperLogLogEstimator.Dense(_registers);

    /// <summary>Forgets all, gives the memory back and is sparse again.</summary>
    public void Clear()
    {
        _registers = null;
        _entries = [];
        _used = 0;
    }

    /// <summary>A copy that shares nothing with this one.</summary>
    public HyperLogLog Clone() => new()
    {
        _registers = (byte[]?)_registers?.Clone(),
        _entries = Entries.ToArray(),
        _used = _used,
    };

    /// <summary>The versioned binary form, docs/formats/hyperloglog.md. Equal contents are equal bytes.</summary>
    public byte[] ToArray()
    {
        byte[] encoded = new byte[MaxEncodedLength];
        return encoded[..WriteTo(encoded)];
    }

    /// <summary>An upper bound of what <see cref="WriteTo"/> writes.</summary>
    internal int MaxEncodedLength => _registers is null ? HyperLogLogFormat.MaxSparseLength(_used) : HyperLogLogFormat.DenseLength;

    /// <summary>Writes the binary form.</summary>
    /// <param name="destination">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    internal int WriteTo(Span<byte> destination) =>
        _registers is null ? HyperLogLogFormat.WriteSparse(destination, Entries) : HyperLogLogFormat.WriteDense(destination, _registers);

    /// <summary>Reads the binary form. Never throws; takes at most 16 KB.</summary>
    /// <returns>False when the bytes are not exactly one sketch of a known version.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out HyperLogLog? sketch)
    {
        sketch = null;
        if (encoded.Length < HyperLogLogFormat.HeaderLength || encoded[0] != HyperLogLogFormat.Version) return false;
        if (encoded[1] == HyperLogLogFormat.DenseForm)
        {
            if (HyperLogLogFormat.ReadDense(encoded) is not { } registers) return false;
            sketch = new HyperLogLog { _registers = registers };
            return true;
        }

        if (encoded[1] != HyperLogLogFormat.SparseForm || HyperLogLogFormat.ReadSparse(encoded) is not { } entries) return false;
        sketch = new HyperLogLog { _entries = entries, _used = entries.Length };
        return true;
    }

    private ReadOnlySpan<uint> Entries => _entries.AsSpan(0, _used);

    private void AddEntry(uint entry)
    {
        if (_registers is not null)
        {
            ref byte register = ref _registers[HyperLogLogRegister.IndexOfEntry(entry)];
            register = Math.Max(register, HyperLogLogRegister.RankOfEntry(entry));
            return;
        }

        int slot = Entries.BinarySearch(entry);
        if (slot >= 0) return;
        slot = ~slot;
        // The same index with another rank is a neighbour; one entry an index, the greatest rank, remains.
        uint index = entry >> HyperLogLogRegister.RankBits;
        if (slot < _used && _entries[slot] >> HyperLogLogRegister.RankBits == index) return;
        if (slot > 0 && _entries[slot - 1] >> HyperLogLogRegister.RankBits == index)
        {
            _entries[slot - 1] = entry;
            return;
        }

        Insert(slot, entry);
    }

    // One pass over both lists: entry by entry each would be a search and a shift of all behind it.
    private void MergeSorted(ReadOnlySpan<uint> theirs)
    {
        ReadOnlySpan<uint> mine = Entries;
        uint[] both = new uint[Math.Min(MaxSparseEntries, mine.Length + theirs.Length)];
        int i = 0, j = 0, used = 0;
        while (i < mine.Length || j < theirs.Length)
        {
            uint next = j == theirs.Length || (i < mine.Length && mine[i] <= theirs[j]) ? mine[i++] : theirs[j++];
            // Of one index the greatest rank remains, which comes last.
            if (used > 0 && both[used - 1] >> HyperLogLogRegister.RankBits == next >> HyperLogLogRegister.RankBits)
            {
                both[used - 1] = next;
                continue;
            }
            if (used == both.Length)
            {
                MakeDense();
                foreach (uint entry in theirs) AddEntry(entry);
                return;
            }
            both[used++] = next;
        }

        // Lists that mostly agree would leave half of it empty.
        _entries = used < both.Length / 4 * 3 ? both[..used] : both;
        _used = used;
    }

    private void Insert(int slot, uint entry)
    {
        if (_used == MaxSparseEntries)
        {
            MakeDense();
            AddEntry(entry);
            return;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Min(MaxSparseEntries, _used + Math.Max(FirstCapacity, _used / 2)));
        }

        Array.Copy(_entries, slot, _entries, slot + 1, _used - slot);
        _entries[slot] = entry;
        _used++;
    }

    [MemberNotNull(nameof(_registers))]
    private void MakeDense()
    {
        if (_registers is not null) return;
        ReadOnlySpan<uint> entries = Entries;
        _registers = new byte[1 << Precision];
        foreach (uint entry in entries) AddEntry(entry);
        _entries = [];
        _used = 0;
    }
}
