using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// The way through one metric's rows, in (bucket, series) order, to those of the wanted series: says of each row met whether to take it, to pass over it, or
/// where to seek instead. Few series of the metric between two wanted ones are passed over, many are jumped over, so rows are never read by the thousand
/// for a hundred of them, nor sought one by one where they are neighbours. A row met further on than the place sought moves the walk there: series and
/// buckets without rows cost nothing.
/// </summary>
internal sealed class SeriesWalk
{
    /// <summary>Passing over this many rows costs about what seeking a row does (measured: 0.6 and 3 µs).</summary>
    public const int RowsASeek = 5;

    private readonly long[] _wanted;
    private readonly bool[] _far;
    private readonly long _bucketMs;
    private int _next;
    private long _bucket = long.MinValue;

    /// <param name="wanted">At least one.</param>
    /// <param name="bucketMs">How far the buckets are apart.</param>
    public SeriesWalk(WantedSeries wanted, long bucketMs)
    {
        _wanted = wanted.Ids;
        _bucketMs = bucketMs;
        _far = new bool[_wanted.Length];
        int behind = wanted.KnownCount - 1 - wanted.PlaceOf(_wanted[^1]);
        for (int i = 0, at = -1; i < _wanted.Length; i++)
        {
            int here = wanted.PlaceOf(_wanted[i]);
            // Between the last one and the first lie those behind the one in one bucket and before the other in the next.
            _far[i] = here - at - 1 + (i == 0 ? behind : 0) > RowsASeek;
            at = here;
        }
    }

    /// <summary>Where to go on after <see cref="Step.Seek"/>, and to begin with.</summary>
    public long TargetSeries => _next < _wanted.Length ? _wanted[_next] : _wanted[0];

    /// <summary>The first bucket that <see cref="TargetSeries"/> is wanted of.</summary>
    public long TargetBucketMs => _next < _wanted.Length ? _bucket : _bucket + _bucketMs;

    /// <summary>Begins anew, with rows of a bucket at or after this one.</summary>
    public void Start(long bucketMs)
    {
        _bucket = bucketMs;
        _next = 0;
    }

    /// <summary>What to do with the row met.</summary>
    public Step Meet(long bucketMs, long seriesId)
    {
        if (bucketMs != _bucket)
        {
            Start(bucketMs);
        }
        while (_next < _wanted.Length && _wanted[_next] < seriesId)
        {
            _next++;
        }
        return _next < _wanted.Length && _wanted[_next] == seriesId ? Step.Take
            : _far[_next < _wanted.Length ? _next : 0] ? Step.Seek
            : Step.Pass;
    }

    public enum Step
    {
        Take,
        Pass,
        Seek,
    }
}
