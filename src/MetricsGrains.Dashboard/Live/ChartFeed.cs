using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Live;

/// <summary>
/// One chart's lines on the server, and which of their points the browser has not seen yet. Not thread-safe: it belongs to a circuit's dispatcher.
/// </summary>
public sealed class ChartFeed(int maxSeries)
{
    private readonly List<FeedSeries> _series = [];
    private readonly Dictionary<string, FeedSeries> _byLabel = [];
    private bool _reset = true;
    private bool _changed = true;

    public IReadOnlyList<FeedSeries> Series => _series;

    public long FromMs { get; private set; }

    public long ToMs { get; private set; }

    public long StepMs { get; private set; } = Resolution.TenSeconds;

    /// <summary>Where the browser's time axis ends, Unix ms: what is drawn beside a chart must end there too. chart.js computes the same.</summary>
    public long AxisEndMs => Math.Max(FromMs + StepMs, ToMs - StepMs) + (ToMs - FromMs) / 250;

    public string Unit { get; set; } = "";

    /// <summary>See <c>FittingStatistics.GrowsWithinBucket</c>.</summary>
    public bool GrowsWithinBucket { get; set; }

    /// <summary>Lines that a query gave and this chart does not show.</summary>
    public int LeftOut { get; private set; }

    /// <summary>There is something that the browser should be told.</summary>
    public bool HasChanges => _reset || _changed;

    /// <summary>Starts anew with an answer for the whole range.</summary>
    public void Replace(QueryResult result, long fromMs, long toMs)
    {
        _series.Clear();
        _byLabel.Clear();
        StepMs = result.Query.StepMs;
        IEnumerable<QuerySeries> shown = result.Series.Count <= maxSeries
            ? result.Series
            : result.Series.OrderByDescending(s => s.Points.Count == 0 ? double.NegativeInfinity : s.Points.Max(p => p.Value)).Take(maxSeries);
        foreach (QuerySeries series in shown.OrderBy(LabelOf, StringComparer.Ordinal))
        {
            var mine = new FeedSeries(LabelOf(series));
            _byLabel[mine.Label] = mine;
            _series.Add(mine);
        }
        LeftOut = Math.Max(0, result.Series.Count - maxSeries) + result.Meta.Truncated;
        Merge(result, fromMs, toMs);
        _reset = true;
    }

    /// <summary>Takes in an answer for the end of the range, or all of it.</summary>
    /// <returns>False: it has a line that is not known; ask for the whole range and <see cref="Replace"/>.</returns>
    public bool Merge(QueryResult result, long fromMs, long toMs)
    {
        Slide(fromMs, toMs);
        bool known = true;
        foreach (QuerySeries series in result.Series)
        {
            if (!_byLabel.TryGetValue(LabelOf(series), out FeedSeries? mine))
            {
                known &= LeftOut > 0;
                continue;
            }
            foreach (DataPoint point in series.Points)
            {
                if (point.BucketMs >= FromMs)
                {
                    _changed |= mine.Set(point.BucketMs, point.Value);
                }
            }
        }
        return known;
    }

    /// <summary>Moves the window; points before it are forgotten on both sides.</summary>
    public void Slide(long fromMs, long toMs)
    {
        fromMs = Resolution.Floor(fromMs, StepMs);
        toMs = Resolution.Ceiling(toMs, StepMs);
        if (fromMs == FromMs && toMs == ToMs)
        {
            return;
        }
        FromMs = fromMs;
        ToMs = toMs;
        _changed = true;
        foreach (FeedSeries series in _series)
        {
            series.DropBefore(fromMs);
        }
    }

    /// <summary>Forgets all lines: nothing is known of the metric.</summary>
    public void Clear()
    {
        _series.Clear();
        _byLabel.Clear();
        LeftOut = 0;
        _reset = true;
    }

    /// <summary>The browser may have missed a frame: the next one tells everything.</summary>
    public void ForgetSent() => _reset = true;

    /// <summary>Writes what the browser has not seen, and takes it as seen.</summary>
    public void WriteTo(FrameWriter frame, int chartId)
    {
        frame.BeginSection(chartId, _reset, FromMs, ToMs, StepMs);
        if (_reset)
        {
            frame.WriteHead(Unit, GrowsWithinBucket, [.. _series.Select(s => s.Label)]);
        }
        for (int i = 0; i < _series.Count; i++)
        {
            _series[i].WriteTo(frame, i, FromMs, StepMs, all: _reset);
        }
        frame.EndSection();
        _reset = false;
        _changed = false;
    }

    private static string LabelOf(QuerySeries series) => series.Tags.Count == 0 ? "" : string.Join(", ", series.Tags.Select(t => t.Key + ":" + (t.Value.Length == 0 ? "(none)" : t.Value)));
}
