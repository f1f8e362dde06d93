using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Live;

/// <summary>One line: its points in order of time, and which of them changed since they were last sent.</summary>
public sealed class FeedSeries(string label)
{
    private readonly SortedList<long, double> _points = [];
    private readonly SortedSet<long> _unsent = [];

    /// <summary>"service:api, region:eu"; empty for the only line of a chart without groups.</summary>
    public string Label => label;

    public int Count => _points.Count;

    public DataPoint? Last => _points.Count == 0 ? null : new DataPoint(_points.GetKeyAtIndex(_points.Count - 1), _points.GetValueAtIndex(_points.Count - 1));

    public bool TryGet(long bucketMs, out double value) => _points.TryGetValue(bucketMs, out value);

    internal bool Set(long bucketMs, double value)
    {
        if (_points.TryGetValue(bucketMs, out double old) && old.Equals(value))
        {
            return false;
        }
        _points[bucketMs] = value;
        _unsent.Add(bucketMs);
        return true;
    }

    internal void DropBefore(long fromMs)
    {
        while (_points.Count > 0 && _points.GetKeyAtIndex(0) < fromMs)
        {
            _unsent.Remove(_points.GetKeyAtIndex(0));
            _points.RemoveAt(0);
        }
    }

    internal void WriteTo(FrameWriter frame, int index, long fromMs, long stepMs, bool all)
    {
        ICollection<long> buckets = all ? _points.Keys : _unsent;
        if (buckets.Count > 0)
        {
            frame.BeginSeries(index, buckets.Count);
            foreach (long bucket in buckets)
            {
                frame.WritePoint((bucket - fromMs) / stepMs, _points[bucket]);
            }
        }
        _unsent.Clear();
    }
}
