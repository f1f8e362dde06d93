namespace MetricsGrains.Core.Grains;

/// <summary>What became of a slice's samples so far, and the times between which they are taken. A mutable struct, passed by reference.</summary>
internal struct SliceIntake(long oldestAllowedMs, long newestAllowedMs, long liveFromMs)
{
    private readonly long _oldestAllowedMs = oldestAllowedMs;
    private readonly long _newestAllowedMs = newestAllowedMs;

    /// <summary>Samples before this have no window in memory any more.</summary>
    public readonly long LiveFromMs = liveFromMs;

    /// <summary>Samples before this are in the store already.</summary>
    public long StoredBeforeMs = long.MinValue;

    public int Accepted;

    /// <summary>Samples whose series was refused, or is not defined in the slice.</summary>
    public int Refused;

    /// <summary>Samples that can't be what their kind says: not a number, a weight of nothing, a damaged histogram.</summary>
    public int Malformed;
    public int TooOld;
    public int TooNew;
    public long OldestMs = long.MaxValue;
    public long NewestMs = long.MinValue;

    public bool TryAccept(long unixMs)
    {
        if (unixMs < _oldestAllowedMs)
        {
            TooOld++;
            return false;
        }
        if (unixMs > _newestAllowedMs)
        {
            TooNew++;
            return false;
        }
        Accepted++;
        if (unixMs < OldestMs)
        {
            OldestMs = unixMs;
        }
        if (unixMs > NewestMs)
        {
            NewestMs = unixMs;
        }
        return true;
    }
}
