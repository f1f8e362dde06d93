namespace MetricsGrains.Core.Sketches;

/// <summary>
/// The non-empty buckets of one sign. Sparse at first (sorted indices beside their counts), dense (an offset and one count
/// for each index in the range) once that is the smaller of the two, and sparse again when an outlier makes it much larger.
/// </summary>
/// <remarks>
/// A mutable struct inside its sketch, because objects of their own for two signs would be a third of a small sketch's
/// memory. Made by <c>new</c>, never <c>default</c>; passed by reference.
/// </remarks>
internal struct BucketStore()
{
    // Below this a sorted search is as quick as dense, and a second value would often turn dense back to sparse.
    private const int MinDenseBuckets = 16;
    private const int FirstCapacity = 4;

    private int[]? _keys = []; // null: dense
    private CountColumn _counts = new(0);
    private int _used;
    private int _offset;

    /// <summary>How many buckets are not empty.</summary>
    public readonly int Used => _used;

    /// <summary>Bytes the arrays take on a 64-bit heap.</summary>
    public readonly int ArrayBytes => BytesOf(_counts.ByteLength) + BytesOf((_keys?.Length ?? 0) * sizeof(int));

    public void Add(int index, long count)
    {
        int slot;
        if (_keys is null)
        {
            slot = index - _offset;
            if ((uint)slot >= (uint)_counts.Capacity)
            {
                Extend(index);
                Add(index, count);
                return;
            }
        }
        else
        {
            // Merges and encoded sketches bring their buckets in ascending order.
            slot = _used > 0 && _keys[_used - 1] < index ? _used : LowerBound(_keys, _used, index);
            if (slot == _used || _keys[slot] != index)
            {
                Insert(slot, index, count);
                return;
            }
        }

        if (!_counts.TryAdd(slot, count, ref _used)) Widen(slot, index, count);
    }

    /// <summary>Makes room for so many buckets, so that adding them to an empty store grows it once.</summary>
    public void Reserve(int buckets)
    {
        if (_keys is { } keys && _used == 0 && buckets > keys.Length)
        {
            _keys = new int[buckets];
            _counts = new CountColumn(buckets, _counts.Log2Width);
        }
    }

    /// <summary>Reads the first non-empty bucket at or after <paramref name="slot"/> and moves past it, in ascending order of index.</summary>
    /// <param name="slot">A cursor, 0 to begin with. Adding to the store makes it meaningless.</param>
    public readonly bool TryNext(ref int slot, out int index, out long count)
    {
        if (_keys is not null)
        {
            if (slot < _used)
            {
                index = _keys[slot];
                count = _counts.Get(slot++);
                return true;
            }
        }
        else
        {
            for (int capacity = _counts.Capacity; slot < capacity; slot++)
            {
                count = _counts.Get(slot);
                if (count == 0) continue;
                index = _offset + slot++;
                return true;
            }
        }

        index = 0;
        count = 0;
        return false;
    }

    /// <summary>The sum of all counts: each may be saturated, so it can exceed 64 bits.</summary>
    public readonly UInt128 Total()
    {
        // The slots past the last key of a sparse store are zeros.
        return _counts.Total();
    }

    /// <summary>The index of the bucket at which the counts, added up in ascending order, reach <paramref name="rank"/>.</summary>
    /// <returns>False: all of them together do not.</returns>
    public readonly bool TryFind(UInt128 rank, out int index)
    {
        bool found = _counts.TryFind(rank, out int slot);
        index = !found ? 0 : _keys is null ? _offset + slot : _keys[slot];
        return found;
    }

    /// <summary>These buckets with every pair (2i, 2i+1) merged into i.</summary>
    public readonly BucketStore Halved()
    {
        var half = new BucketStore();
        int slot = 0;
        while (TryNext(ref slot, out int index, out long count)) half.Add(index >> 1, count);
        return half;
    }

    public readonly BucketStore Clone()
    {
        BucketStore copy = this;
        if (_keys is { Length: > 0 }) copy._keys = (int[])_keys.Clone();
        copy._counts = _counts.Clone();
        return copy;
    }

    /// <summary>Empties the store. Small sparse arrays stay for the next values, others go.</summary>
    public void Clear()
    {
        if (_keys is null || _keys.Length > MinDenseBuckets)
        {
            this = new BucketStore();
            return;
        }

        _counts.Zero();
        _used = 0;
    }

    private void Insert(int slot, int index, long count)
    {
        int[] keys = _keys!;
        int log2Width = Math.Max(_counts.Log2Width, CountColumn.Log2WidthFor(count));
        if (_used + 1 >= MinDenseBuckets)
        {
            int low = Math.Min(keys[0], index), high = Math.Max(keys[_used - 1], index);
            if (DenseBytes(low, high, log2Width) <= SparseBytes(_used + 1, log2Width))
            {
                MakeDense(low, high);
                Add(index, count);
                return;
            }
        }

        if (_used == keys.Length)
        {
            int capacity = _used < FirstCapacity ? FirstCapacity : _used + Math.Max(FirstCapacity, _used / 2);
            Array.Resize(ref _keys, capacity);
            keys = _keys;
            _counts.Resize(capacity, log2Width, _used);
        }
        else if (log2Width != _counts.Log2Width)
        {
            _counts.Resize(keys.Length, log2Width, _used);
        }

        Array.Copy(keys, slot, keys, slot + 1, _used - slot);
        keys[slot] = index;
        _counts.Insert(slot, _used);
        _counts.TryAdd(slot, count, ref _used);
    }

    private void Widen(int slot, int index, long count)
    {
        // Saturation happens at eight bytes only, so a sum beyond long must end there, not wrap.
        long sum = (long)Math.Min((ulong)_counts.Get(slot) + (ulong)count, long.MaxValue);
        int log2Width = CountColumn.Log2WidthFor(sum);
        if (_keys is null && (long)_counts.Capacity << log2Width > 2L * SparseBytes(_used, log2Width))
        {
            MakeSparse();
            Add(index, count);
            return;
        }

        if (_keys is null) _counts.Resize(_counts.Capacity, log2Width, _counts.Capacity);
        else _counts.Resize(_keys.Length, log2Width, _used);
        _counts.TryAdd(slot, count, ref _used);
    }

    /// <summary>Makes room for an index outside the dense range, as dense if that is still worth it.</summary>
    private void Extend(int index)
    {
        int low = index, high = index, slot = 0;
        while (TryNext(ref slot, out int bucket, out _))
        {
            low = Math.Min(low, bucket);
            high = Math.Max(high, bucket);
        }

        // Twice, not once: between the two forms' turning points lies a gap, so that no data can make them alternate.
        if (DenseBytes(low, high, _counts.Log2Width) > 2L * SparseBytes(_used + 1, _counts.Log2Width)) MakeSparse();
        else MakeDense(low, high);
    }

    private void MakeDense(int low, int high)
    {
        int slack = Slack(low, high);
        var dense = new CountColumn(high - low + 1 + 2 * slack, _counts.Log2Width);
        int offset = low - slack, filled = 0, slot = 0;
        while (TryNext(ref slot, out int index, out long count)) dense.TryAdd(index - offset, count, ref filled);
        _keys = null;
        _counts = dense;
        _offset = offset;
    }

    private void MakeSparse()
    {
        int capacity = _used + FirstCapacity, slot = 0, filled = 0;
        var keys = new int[capacity];
        var counts = new CountColumn(capacity, _counts.Log2Width);
        while (TryNext(ref slot, out int index, out long count))
        {
            keys[filled] = index;
            counts.TryAdd(filled, count, ref filled);
        }

        _keys = keys;
        _counts = counts;
    }

    // Room at both ends, so that a range that grows bucket by bucket is not copied at each.
    private static int Slack(int low, int high) => 8 + (high - low) / 16;

    private static long DenseBytes(int low, int high, int log2Width) => (high - low + 1L + 2 * Slack(low, high)) << log2Width;

    private static long SparseBytes(int buckets, int log2Width) => buckets * (sizeof(int) + (1L << log2Width));

    // The empty array is shared by all and costs nothing.
    private static int BytesOf(int contents) => contents == 0 ? 0 : 24 + ((contents + 7) & ~7);

    /// <summary>The first of <paramref name="used"/> sorted keys that is not below <paramref name="index"/>.</summary>
    private static int LowerBound(int[] keys, int used, int index)
    {
        int low = 0;
        while (used > 0)
        {
            int half = used >> 1;
            // No branch on the comparison: it is a coin toss that the processor would guess wrong half of the time.
            low = keys[low + half] < index ? low + used - half : low;
            used = half;
        }

        return low;
    }
}
