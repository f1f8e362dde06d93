using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Server.Telemetry;

/// <summary>One instrument's series as of now.</summary>
/// <param name="Kind">Counter: Value is the total since start. Gauge: the last value. Histogram: count, sum and sketch since start.</param>
public sealed record InstrumentSnapshot(string Name, string Unit, string Description, MetricKind Kind, TagSet Tags, double Value, double Count, double Sum, ExponentialSketch? Sketch);

/// <summary>What the meters said: totals since start, and what came since the last drain. Thread-safe.</summary>
internal sealed class InstrumentTable(string node)
{
    /// <summary>Series kept of one instrument: its tags come from requests, so they are bounded.</summary>
    private const int MaxSeries = 200;

    private readonly Dictionary<Instrument, Dictionary<string, Cell>> _cells = [];
    private readonly Lock _gate = new();

    public void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!double.IsFinite(value))
        {
            return;
        }
        string key = KeyOf(tags);
        lock (_gate)
        {
            if (!_cells.TryGetValue(instrument, out Dictionary<string, Cell>? series))
            {
                _cells.Add(instrument, series = []);
            }
            if (!series.TryGetValue(key, out Cell? cell))
            {
                if (series.Count >= MaxSeries)
                {
                    return;
                }
                series.Add(key, cell = new Cell(ShapeOf(instrument), TagsOf(tags)));
            }
            cell.Record(value);
        }
    }

    /// <summary>Adds what is new to a batch.</summary>
    public void Drain(SampleBatchBuilder batch, long nowMs)
    {
        lock (_gate)
        {
            foreach ((Instrument instrument, Dictionary<string, Cell> series) in _cells)
            {
                byte[] name = Encoding.UTF8.GetBytes(instrument.Name);
                byte[] unit = Encoding.UTF8.GetBytes(UnitOf(instrument));
                foreach (Cell cell in series.Values)
                {
                    cell.Drain(batch, name, unit, nowMs);
                }
            }
        }
    }

    public IReadOnlyList<InstrumentSnapshot> Snapshot()
    {
        lock (_gate)
        {
            return [.. _cells.OrderBy(c => c.Key.Name, StringComparer.Ordinal).SelectMany(c => c.Value.Values.Select(cell => cell.Snapshot(c.Key)))];
        }
    }

    private static string UnitOf(Instrument instrument) => instrument.Unit is { Length: > 0 and <= SampleBatchFormat.MaxUnitBytes } unit ? unit : "";

    private static string KeyOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
        {
            return "";
        }
        var key = new StringBuilder();
        foreach ((string name, object? value) in tags)
        {
            key.Append(name).Append('=').Append(Convert.ToString(value, CultureInfo.InvariantCulture)).Append('\n');
        }
        return key.ToString();
    }

    private static Shape ShapeOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? Shape.Histogram
            : type.StartsWith("Counter", StringComparison.Ordinal) ? Shape.Counter
            : type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? Shape.Total
            : type.StartsWith("UpDownCounter", StringComparison.Ordinal) ? Shape.UpDown
            : Shape.Gauge;
    }

    private TagSet TagsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var builder = new TagSetBuilder();
        foreach ((string name, object? value) in tags)
        {
            builder.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        }
        builder.Add("node"u8, Encoding.UTF8.GetBytes(node));
        return TagSet.FromCanonical(builder.Build());
    }

    /// <summary>How an instrument's measurements add up.</summary>
    private enum Shape
    {
        Gauge,

        /// <summary>Measurements are added.</summary>
        Counter,

        /// <summary>Each measurement is the running total.</summary>
        Total,

        /// <summary>Adds up like a counter, and is shown like a gauge.</summary>
        UpDown,
        Histogram,
    }

    private sealed class Cell(Shape shape, TagSet tags)
    {
        private readonly ExponentialSketch? _recent = shape == Shape.Histogram ? new() : null;
        private readonly ExponentialSketch? _all = shape == Shape.Histogram ? new() : null;
        private double _total;
        private double _count;
        private double _recentCount;
        private double _recentSum;
        private double _recentMin;
        private double _recentMax;

        private MetricKind Kind => shape switch
        {
            Shape.Counter => MetricKind.Counter,
            Shape.Total => MetricKind.CumulativeCounter,
            Shape.Histogram => MetricKind.Histogram,
            _ => MetricKind.Gauge,
        };

        public void Record(double value)
        {
            if (shape == Shape.Histogram)
            {
                _recent!.Add(value);
                _recentMin = _recentCount == 0 ? value : Math.Min(_recentMin, value);
                _recentMax = _recentCount == 0 ? value : Math.Max(_recentMax, value);
            }
            _recentCount++;
            _recentSum += value;
            _count++;
            _total = shape is Shape.Gauge or Shape.Total ? value : _total + value;
        }

        public void Drain(SampleBatchBuilder batch, ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, long nowMs)
        {
            // A gauge is there every second; a histogram only when something was observed; a counter says 0 too, so that its rate is seen to fall.
            if (shape == Shape.Histogram && _recentCount == 0)
            {
                return;
            }
            SeriesRef series = batch.AddSeries(name, Kind, unit, tags.Canonical, SeriesId.Of(name, tags.Canonical));
            if (shape == Shape.Histogram)
            {
                batch.AddHistogram(series, nowMs, new HistogramTotals(_recentCount, _recentSum, _recentMin, _recentMax), _recent!.ToArray());
                _all!.Merge(_recent);
                _recent.Clear();
            }
            else
            {
                batch.Add(series, nowMs, shape == Shape.Counter ? _recentSum : _total);
            }
            _recentCount = 0;
            _recentSum = 0;
        }

        public InstrumentSnapshot Snapshot(Instrument instrument)
        {
            ExponentialSketch? sketch = _all?.Clone();
            sketch?.Merge(_recent!);
            return new InstrumentSnapshot(instrument.Name, UnitOf(instrument), instrument.Description ?? "", Kind, tags, _total, _count, _total, sketch);
        }
    }
}
