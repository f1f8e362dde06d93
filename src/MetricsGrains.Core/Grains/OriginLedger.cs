using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>What a grain knows of one origin's log: how far it has applied it, what of it the store had at the start, and where samples not yet taken for the store begin.</summary>
/// <param name="lookbackMs">
/// How far before the open minutes a replay must begin. 0 but for running totals: the first total read again says nothing about
/// how much it rose, so the one before it, which is in the store, must be read again too.
/// </param>
internal sealed class OriginLedger(string origin, long lookbackMs)
{
    private readonly SortedDictionary<long, ulong> _firstSequenceOfMinute = [];
    private (ulong AppliedThrough, long OpenFromMs) _given;
    private FlushCursor? _confirmed;

    /// <summary>Records up to here were applied to the rows in the store before this grain was activated.</summary>
    public ulong StoredThrough { get; private set; }

    /// <summary>Samples of those records that are older than this are in the store.</summary>
    public long StoredBeforeMs { get; private set; } = long.MinValue;

    public ulong AppliedThrough { get; private set; }

    /// <summary>As <see cref="ReplayFrom"/> with all of the metric's lookback.</summary>
    public ulong ConfirmedReplayFrom { get; private set; }

    public void Restore(FlushCursor cursor)
    {
        StoredThrough = cursor.AppliedThrough;
        StoredBeforeMs = cursor.OpenFromMs;
        Confirm(cursor);
    }

    public void Confirm(FlushCursor cursor)
    {
        ConfirmedReplayFrom = cursor.ReplayFrom;
        _confirmed = cursor;
    }

    /// <summary>A replay would need some record, going by minutes that are not taken for the store yet.</summary>
    /// <param name="mostLookbackMs">See <see cref="ReplayFrom"/>.</param>
    public bool HasOpenMinutes(long openFromMs, long mostLookbackMs)
    {
        long needed = openFromMs - Math.Min(lookbackMs, mostLookbackMs);
        return _firstSequenceOfMinute.Keys.Any(minute => minute >= needed);
    }

    /// <summary>Where a replay would start for this metric, going by what the store is known to have.</summary>
    /// <param name="mostLookbackMs">
    /// When less than the metric's, a running total's first rise after a crash may be lost, if its samples are further apart than that. No sample is.
    /// </param>
    public ulong ReplayFrom(long mostLookbackMs)
    {
        if (mostLookbackMs >= lookbackMs || _confirmed is not { } confirmed)
        {
            return ConfirmedReplayFrom;
        }
        // Minutes this far back are still known: their own lookback keeps them.
        ulong from = confirmed.AppliedThrough + 1;
        foreach ((long minute, ulong sequence) in _firstSequenceOfMinute)
        {
            if (minute >= confirmed.OpenFromMs - mostLookbackMs)
            {
                from = Math.Min(from, sequence);
            }
        }
        return from;
    }

    /// <summary>False: the record was applied before, and must not be again.</summary>
    public bool TryAdvance(ulong sequence)
    {
        if (sequence <= AppliedThrough)
        {
            return false;
        }
        AppliedThrough = sequence;
        if (ConfirmedReplayFrom == 0)
        {
            ConfirmedReplayFrom = sequence;
        }
        return true;
    }

    /// <summary>Notes that a record has samples in these minutes. Noting too many is safe: replay starts earlier, never later.</summary>
    public void Note(ulong sequence, long oldestMs, long newestMs, long openFromMs)
    {
        long minute = Resolution.Floor(Math.Max(oldestMs, openFromMs - lookbackMs), Resolution.OneMinute);
        for (; minute <= newestMs; minute += Resolution.OneMinute)
        {
            _firstSequenceOfMinute.TryAdd(minute, sequence);
        }
    }

    /// <summary>The cursor that goes with rows of all minutes before <paramref name="openFromMs"/>.</summary>
    /// <returns>
    /// Null when nothing was applied here or nothing moved since the last one. An origin whose replay has not begun must keep the cursor
    /// it has: a newer one would say that its open minutes are in the store. And a flush of unlogged samples only must not
    /// carry a cursor that the store already has: it would be skipped as a repeat.
    /// </returns>
    public FlushCursor? NextCursor(string metric, long openFromMs)
    {
        long neededFromMs = openFromMs - lookbackMs;
        while (_firstSequenceOfMinute.Count > 0 && FirstMinute() < neededFromMs)
        {
            _firstSequenceOfMinute.Remove(FirstMinute());
        }
        ulong appliedThrough = Math.Max(AppliedThrough, StoredThrough);
        if (AppliedThrough == 0 || _given == (appliedThrough, openFromMs))
        {
            return null;
        }
        _given = (appliedThrough, openFromMs);
        ulong replayFrom = appliedThrough + 1;
        foreach (ulong sequence in _firstSequenceOfMinute.Values)
        {
            replayFrom = Math.Min(replayFrom, sequence);
        }
        return new FlushCursor(metric, FlushStream.Rollup, origin, replayFrom, appliedThrough, openFromMs);
    }

    private long FirstMinute()
    {
        using SortedDictionary<long, ulong>.Enumerator first = _firstSequenceOfMinute.GetEnumerator();
        return first.MoveNext() ? first.Current.Key : long.MaxValue;
    }
}
