using System.Runtime.InteropServices;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>Rows on their way to the store: samples that came after their minute was taken, and rows taken but not yet confirmed.</summary>
internal sealed class RollupLedger(string metric, MetricKind kind, SketchPool sketches)
{
    /// <summary>What a row takes beside its sketch: the row, room to grow in its list, the sketch's array.</summary>
    private const int RowBytes = 150;

    private readonly int _lateBytes = kind == MetricKind.Set ? 700 : MetricKinds.HasSketch(kind) ? 900 : 200;
    private readonly Dictionary<(Series Series, long MinuteMs), OpenWindow> _late = [];
    private List<SeriesDefinition> _series = [];
    private Dictionary<Series, int> _indexOf = [];
    private List<RollupRow> _rows = [];
    private RollupFlush? _inFlight;
    private Dictionary<Series, int> _inFlightOf = [];
    private long _rowBytes;
    private long _inFlightBytes;

    /// <summary>Estimate of the memory that all this takes.</summary>
    public long Bytes => (_late.Count * _lateBytes) + _rowBytes + _inFlightBytes;

    /// <summary>A flush was handed out and is not confirmed.</summary>
    public bool IsInFlight => _inFlight is not null;

    /// <summary>How many flushes were handed out.</summary>
    public long HandedOut { get; private set; }

    /// <summary>Cursors of the flush under way; none when none is.</summary>
    public IReadOnlyList<FlushCursor> CursorsInFlight => _inFlight?.Cursors ?? [];

    public bool IsEmpty => _late.Count == 0 && _rows.Count == 0 && _inFlight is null;

    /// <summary>Series with rows that the store may not have: it need not know them yet.</summary>
    public HashSet<Series> Unstored() => [.. _late.Keys.Select(k => k.Series), .. _indexOf.Keys, .. _inFlightOf.Keys];

    /// <summary>The late partial of a minute, opened if need be. Valid until the next call.</summary>
    public ref OpenWindow LateAt(Series series, long unixMs)
    {
        long minute = Resolution.Floor(unixMs, Resolution.OneMinute);
        ref OpenWindow late = ref CollectionsMarshal.GetValueRefOrAddDefault(_late, (series, minute), out bool exists);
        if (!exists)
        {
            late.StartMs = minute;
            late.Sketch = sketches.Rent();
        }
        return ref late;
    }

    /// <summary>Turns the late partials into rows.</summary>
    public void TakeLate(string unit)
    {
        foreach (((Series series, _), OpenWindow late) in _late)
        {
            Add(series, unit, late.StartMs, in late.Aggregate, late.EncodeSketch());
            sketches.Return(late.Sketch);
        }
        _late.Clear();
    }

    /// <summary>Adds a row for each minute in [from, to) in which the series has open windows.</summary>
    public void TakeMinutes(Series series, string unit, long fromMs, long toMs)
    {
        ReadOnlySpan<OpenWindow> windows = series.Window.OpenBetween(fromMs, toMs);
        int at = 0;
        while (at < windows.Length)
        {
            long minute = Resolution.Floor(windows[at].StartMs, Resolution.OneMinute);
            int end = at + 1;
            while (end < windows.Length && windows[end].StartMs < minute + Resolution.OneMinute)
            {
                end++;
            }
            if (end == at + 1)
            {
                Add(series, unit, minute, in windows[at].Aggregate, windows[at].EncodeSketch());
            }
            else
            {
                var whole = new OpenWindow { StartMs = minute, Sketch = sketches.Rent() };
                MergeAll(ref whole, windows[at..end]);
                Add(series, unit, minute, in whole.Aggregate, whole.EncodeSketch());
                sketches.Return(whole.Sketch);
            }
            at = end;
        }
    }

    /// <summary>
    /// The rows not yet confirmed, with their cursors. Until <see cref="Confirm"/> it is the same flush again, whatever was taken meanwhile:
    /// after an unknown outcome only the very same rows and cursors can be repeated without counting twice.
    /// </summary>
    /// <param name="cursors">Made only when a new flush is.</param>
    public RollupFlush? HandOut(Func<IReadOnlyList<FlushCursor>> cursors)
    {
        if (_inFlight is null && _rows.Count > 0)
        {
            _inFlight = new RollupFlush(metric, _series, _rows, cursors());
            HandedOut++;
            (_inFlightBytes, _rowBytes) = (_rowBytes, 0);
            // New ones, not cleared ones: a row is 80 bytes, and room for one a series would be held from minute to minute.
            (_series, _inFlightOf, _indexOf, _rows) = ([], _indexOf, [], []);
        }
        return _inFlight;
    }

    /// <summary>The store has what was handed out last.</summary>
    /// <returns>Its cursors; none when nothing was handed out.</returns>
    public IReadOnlyList<FlushCursor> Confirm()
    {
        IReadOnlyList<FlushCursor> cursors = _inFlight?.Cursors ?? [];
        _inFlight = null;
        _inFlightOf = [];
        _inFlightBytes = 0;
        return cursors;
    }

    /// <summary>Adds what was not handed out yet.</summary>
    public void AddWaiting(FrameBuilder frame)
    {
        foreach (((Series series, long minuteMs), OpenWindow late) in _late)
        {
            if (frame.Covers(minuteMs) && frame.Matches(series.Tags))
            {
                late.MergeInto(frame.GroupOf(series.Tags).PointAt(minuteMs)!, frame.Query.Sketch == SketchNeed.Yes);
            }
        }
        AddRows(frame, _series, _rows);
    }

    /// <summary>Adds the flush under way.</summary>
    public void AddInFlight(FrameBuilder frame)
    {
        if (_inFlight is not null)
        {
            AddRows(frame, _inFlight.Series, _inFlight.Rows);
        }
    }

    private void AddRows(FrameBuilder frame, IReadOnlyList<SeriesDefinition> series, IReadOnlyList<RollupRow> rows)
    {
        foreach (RollupRow row in rows)
        {
            TagSet tags = series[row.Series].Tags;
            if (frame.Covers(row.BucketMs) && frame.Matches(tags))
            {
                AggregatePoint point = frame.GroupOf(tags).PointAt(row.BucketMs)!;
                point.Aggregate.Merge(row.Aggregate);
                if (frame.Query.Sketch == SketchNeed.Yes && row.Sketch is not null)
                {
                    point.TryMergeEncoded(kind, row.Sketch);
                }
            }
        }
    }

    private void Add(Series series, string unit, long bucketMs, in WindowAggregate aggregate, byte[]? sketch)
    {
        if (aggregate.IsEmpty)
        {
            return;
        }
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexOf, series, out bool exists);
        var definition = new SeriesDefinition(series.Id, metric, kind, unit, series.Tags, series.FirstSeenMs, series.LastSeenMs);
        if (!exists)
        {
            index = _series.Count;
            _series.Add(definition);
        }
        else
        {
            _series[index] = definition;
        }
        _rows.Add(new RollupRow(index, bucketMs, aggregate, sketch));
        _rowBytes += RowBytes + (sketch?.Length ?? 0);
    }

    private static void MergeAll(ref OpenWindow whole, ReadOnlySpan<OpenWindow> parts)
    {
        foreach (ref readonly OpenWindow part in parts)
        {
            whole.Aggregate.Merge(in part.Aggregate);
            if (part.Sketch is Sketches.ExponentialSketch sketch)
            {
                ((Sketches.ExponentialSketch)whole.Sketch!).Merge(sketch);
            }
            else if (part.Sketch is Sketches.HyperLogLog distinct)
            {
                ((Sketches.HyperLogLog)whole.Sketch!).Merge(distinct);
            }
        }
    }
}
