using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Answers one query of one metric from its raw blocks, inside of one snapshot.</summary>
internal sealed class RawReader(SqliteConnection connection, StoredSeries series, AggregateQuery query, CancellationToken cancel)
{
    /// <summary>
    /// How far back the sample before the range is sought, from which the first increase of a running total is counted. A
    /// counter that reports more rarely than this loses that one increase.
    /// </summary>
    public const long CounterLookbackMs = Resolution.OneHour;

    private readonly FrameBuilder _frame = new(query);
    private readonly Dictionary<long, Target> _targets = [];

    /// <summary>How many stored blocks could not be read.</summary>
    public int DamagedBlocks { get; private set; }

    public AggregateFrame Read()
    {
        bool cumulative = false;
        foreach (SeriesEntry entry in series.Series)
        {
            if (_frame.Matches(entry.Tags))
            {
                _targets.Add(entry.Id, new Target(entry.Kind, _frame.GroupOf(entry.Tags)));
                cumulative |= entry.Kind == MetricKind.CumulativeCounter;
            }
        }
        if (_targets.Count == 0)
        {
            return AggregateFrame.Empty;
        }
        // Guarded so that a range from the beginning of time does not wrap around.
        long from = cumulative ? Math.Max(query.FromMs, long.MinValue + CounterLookbackMs) - CounterLookbackMs : query.FromMs;
        foreach (Partition partition in Partitions.Overlapping(Partitions.Load(connection), PartitionKind.Raw, from, query.ToMs))
        {
            ReadPartition(partition, from);
        }
        foreach (Target target in _targets.Values)
        {
            AddTotals(target);
        }
        return _frame.Build();
    }

    private void ReadPartition(Partition partition, long from)
    {
        // Two steps: the index alone tells which blocks are wanted, so that no other block's bytes are read.
        var wanted = new List<(long Id, Target Target)>();
        using (var find = new Statement(connection, $"SELECT id, series_id FROM {partition.Name} WHERE metric_id = ?1 AND min_ts >= ?2 AND min_ts < ?3 AND max_ts >= ?4"))
        {
            long earliest = from < long.MinValue + partition.MaxSpanMs ? long.MinValue : from - partition.MaxSpanMs;
            find.Bind(1, series.MetricId).Bind(2, earliest).Bind(3, query.ToMs).Bind(4, from);
            while (find.Step())
            {
                if (_targets.TryGetValue(find.Int64(1), out Target? target))
                {
                    wanted.Add((find.Int64(0), target));
                }
            }
        }
        // In the order of writing: of two samples at the same time the one that came later is the last.
        wanted.Sort((a, b) => a.Id.CompareTo(b.Id));
        using var read = new Statement(connection, $"SELECT block FROM {partition.Name} WHERE id = ?1");
        foreach ((long id, Target target) in wanted)
        {
            cancel.ThrowIfCancellationRequested();
            if (read.Bind(1, id).Step() && RawBlockCodec.TryDecode(read.Blob(0), out RawSamples samples))
            {
                Add(target, samples);
            }
            else
            {
                DamagedBlocks++;
            }
            read.Reset();
        }
    }

    private void Add(Target target, RawSamples samples)
    {
        for (int i = 0; i < samples.Times.Length; i++)
        {
            long time = samples.Times[i];
            double value = samples.Values[i];
            if (target.Kind == MetricKind.CumulativeCounter)
            {
                target.Totals.Add((time, value));
            }
            else if (target.Points.PointAt(time) is { } point)
            {
                Add(point, target.Kind, time, value, samples.WeightAt(i));
            }
        }
    }

    private void Add(AggregatePoint point, MetricKind kind, long time, double value, double weight)
    {
        bool sketch = query.Sketch == SketchNeed.Yes;
        switch (kind)
        {
            case MetricKind.Set:
                // A member's hash is not a number to add up.
                point.Aggregate.Add(time, 0, weight);
                if (sketch)
                {
                    (point.Distinct ??= new HyperLogLog()).Add(BitConverter.DoubleToUInt64Bits(value));
                }
                break;
            case MetricKind.Distribution:
                point.Aggregate.Add(time, value, weight);
                point.Aggregate.Increase += weight;
                if (sketch)
                {
                    (point.Sketch ??= new ExponentialSketch()).Add(value, Math.Max(1, (long)Math.Round(weight)));
                }
                break;
            case MetricKind.Counter:
                point.Aggregate.Add(time, value, weight);
                point.Aggregate.Increase += value * weight;
                break;
            default:
                point.Aggregate.Add(time, value, weight);
                break;
        }
    }

    /// <summary>A running total's increases need all its samples in time order; blocks may overlap when samples came late.</summary>
    private void AddTotals(Target target)
    {
        double? previous = null;
        foreach ((long time, double value) in target.Totals.OrderBy(t => t.Time))
        {
            if (target.Points.PointAt(time) is { } point)
            {
                point.Aggregate.Add(time, value, 1);
                // A total below the one before has begun again from 0.
                point.Aggregate.Increase += previous is null ? 0 : value < previous ? value : value - previous.Value;
            }
            previous = value;
        }
    }

    private sealed record Target(MetricKind Kind, FrameGroup Points)
    {
        public List<(long Time, double Value)> Totals { get; } = [];
    }
}
