using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>What a grain knows of one origin's log: how far it has applied it, what of it the store had at the start, and where samples not yet taken for the store begin.</summary>
internal sealed class OriginLedger(string origin)
{
    private readonly SortedDictionary<long, ulong> _firstSequenceOfMinute = [];

    /// <summary>Records up to here were applied to the rows in the store before this grain was activated.</summary>
    public ulong StoredThrough { get; private set; }

    /// <summary>Samples of those records that are older than this are in the store.</summary>
    public long StoredBeforeMs { get; private set; } = long.MinValue;

    public ulong AppliedThrough { get; private set; }

    /// <summary>Where a replay would start for this metric, going by what the store is known to have.</summary>
    public ulong ConfirmedReplayFrom { get; private set; }

    public void Restore(FlushCursor cursor)
    {
        StoredThrough = cursor.AppliedThrough;
        StoredBeforeMs = cursor.OpenFromMs;
        ConfirmedReplayFrom = cursor.ReplayFrom;
    }

    public void Confirm(FlushCursor cursor) => ConfirmedReplayFrom = cursor.ReplayFrom;

    public bool HasOpenMinutes(long openFromMs) => _firstSequenceOfMinute.Keys.Any(minute => minute >= openFromMs);

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
        long minute = Resolution.Floor(Math.Max(oldestMs, openFromMs), Resolution.OneMinute);
        for (; minute <= newestMs; minute += Resolution.OneMinute)
        {
            _firstSequenceOfMinute.TryAdd(minute, sequence);
        }
    }

    /// <summary>The cursor that goes with rows of all minutes before <paramref name="openFromMs"/>.</summary>
    public FlushCursor CursorAt(string metric, long openFromMs)
    {
        ulong replayFrom = Math.Max(AppliedThrough, StoredThrough) + 1;
        foreach ((long minute, ulong sequence) in _firstSequenceOfMinute)
        {
            if (minute >= openFromMs)
            {
                replayFrom = Math.Min(replayFrom, sequence);
            }
        }
        while (_firstSequenceOfMinute.Count > 0 && FirstMinute() < openFromMs)
        {
            _firstSequenceOfMinute.Remove(FirstMinute());
        }
        return new FlushCursor(metric, FlushStream.Rollup, origin, replayFrom, Math.Max(AppliedThrough, StoredThrough), openFromMs);
    }

    private long FirstMinute()
    {
        using SortedDictionary<long, ulong>.Enumerator first = _firstSequenceOfMinute.GetEnumerator();
        return first.MoveNext() ? first.Current.Key : long.MaxValue;
    }
}
