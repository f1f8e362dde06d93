using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>One series in memory.</summary>
internal sealed class Series(SeriesId id, TagSet tags)
{
    private const int Overhead = 200;

    private double _total;
    private long _totalAt = long.MinValue;

    public SeriesId Id { get; } = id;

    public TagSet Tags { get; } = tags;

    public RollingWindow Window { get; } = new();

    public long FirstSeenMs { get; set; } = long.MaxValue;

    public long LastSeenMs { get; set; } = long.MinValue;

    /// <summary>Estimate of what it takes, in bytes: with its objects and its place in the metric's table.</summary>
    public long MemoryBytes() => Overhead + Tags.Canonical.Length + Window.MemoryBytes();

    /// <summary>
    /// By how much a running total rose with this sample. The first one says nothing about before it. A lower total is a
    /// reset, so all of it is new. An older sample than the newest adds nothing: the newest's difference already spans it.
    /// </summary>
    public double IncreaseOf(long unixMs, double total)
    {
        if (unixMs < _totalAt)
        {
            return 0;
        }
        double increase = _totalAt == long.MinValue ? 0 : total >= _total ? total - _total : total;
        _total = total;
        _totalAt = unixMs;
        return increase;
    }
}
