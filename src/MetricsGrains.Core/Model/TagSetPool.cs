namespace MetricsGrains.Core.Model;

/// <summary>
/// Gives equal tag sets one instance, so that the same host=… on a hundred metrics is stored once. Holds them weakly. Not thread-safe: each shard has its own.
/// </summary>
public sealed class TagSetPool
{
    private readonly Dictionary<ulong, WeakReference<TagSet>> _sets = [];
    private int _sweepAt = 1024;

    public int Count => _sets.Count;

    /// <param name="canonical">Checked canonical bytes; copied when they are new.</param>
    public TagSet Intern(ReadOnlySpan<byte> canonical)
    {
        ulong hash = StableHash.Of(canonical);
        if (_sets.TryGetValue(hash, out WeakReference<TagSet>? known) && known.TryGetTarget(out TagSet? set))
        {
            // Of two sets with one hash the first keeps the place; the other just isn't shared.
            return set.Canonical.SequenceEqual(canonical) ? set : TagSet.FromCanonical(canonical);
        }
        set = TagSet.FromCanonical(canonical);
        _sets[hash] = new WeakReference<TagSet>(set);
        if (_sets.Count >= _sweepAt)
        {
            Sweep();
        }
        return set;
    }

    private void Sweep()
    {
        foreach ((ulong hash, WeakReference<TagSet> reference) in _sets)
        {
            if (!reference.TryGetTarget(out _))
            {
                _sets.Remove(hash);
            }
        }
        _sweepAt = Math.Max(1024, _sets.Count * 2);
    }
}
