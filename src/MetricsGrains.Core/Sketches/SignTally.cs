namespace MetricsGrains.Core.Sketches;

/// <summary>Bucket counts of one sign that are added and taken away: one for each index between the least and the greatest ever seen.</summary>
internal struct SignTally()
{
    private ulong[] _counts = [];
    private int _offset;

    public ulong Total { get; private set; }

    /// <param name="shift">How often the store's buckets are halved to fit in here.</param>
    public void Apply(in BucketStore store, int shift, bool subtract)
    {
        int slot = 0;
        while (store.TryNext(ref slot, out int index, out long count))
        {
            ulong change = subtract ? 0UL - (ulong)count : (ulong)count;
            CountAt(index >> shift) += change;
            Total += change;
        }
    }

    /// <summary>Merges neighbours, as often as said.</summary>
    public void Coarsen(int shift)
    {
        SignTally fine = this;
        this = new SignTally { Total = fine.Total };
        for (int i = 0; i < fine._counts.Length; i++)
        {
            if (fine._counts[i] != 0)
            {
                CountAt((fine._offset + i) >> shift) += fine._counts[i];
            }
        }
    }

    /// <summary>The index at which the counts, added up in ascending order, reach <paramref name="rank"/>, 1 … <see cref="Total"/>.</summary>
    public readonly int Find(ulong rank)
    {
        ulong passed = 0;
        int last = 0;
        ReadOnlySpan<ulong> counts = _counts;
        for (int i = 0; i < counts.Length; i++)
        {
            passed += counts[i];
            if (passed >= rank)
            {
                return _offset + i;
            }
            last = counts[i] > 0 ? i : last;
        }
        // Only counts that wrapped lead here.
        return _offset + last;
    }

    private ref ulong CountAt(int index)
    {
        if ((uint)(index - _offset) >= (uint)_counts.Length)
        {
            Extend(index);
        }
        return ref _counts[index - _offset];
    }

    private void Extend(int index)
    {
        int low = _counts.Length == 0 ? index : Math.Min(index, _offset);
        int high = _counts.Length == 0 ? index : Math.Max(index, _offset + _counts.Length - 1);
        int slack = 8 + ((high - low) / 4);
        var wider = new ulong[high - low + 1 + (2 * slack)];
        if (_counts.Length > 0)
        {
            _counts.CopyTo(wider, _offset - low + slack);
        }
        _counts = wider;
        _offset = low - slack;
    }
}
