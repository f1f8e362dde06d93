using System.Runtime.InteropServices;
using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Flush;

/// <summary>One metric's samples on their way from the log to raw blocks.</summary>
/// <param name="keep">See <see cref="RawBlock.Keep"/>.</param>
/// <param name="oldestMs">Samples from before are passed over: their time is over already, or they are not kept at all.</param>
internal sealed class RawMetric(string name, MetricKind kind, string unit, TimeSpan? keep, long oldestMs)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly Dictionary<SeriesId, Column> _columns = [];
    private Column[] _bySlice = [];

    public string Name => name;

    public MetricKind Kind => kind;

    public bool HasSamples { get; private set; }

    public bool IsNamed(ReadOnlySpan<byte> utf8) => utf8.SequenceEqual(_name);

    /// <returns>Samples added.</returns>
    public int Add(in SampleSlice slice)
    {
        if (oldestMs == long.MaxValue)
        {
            return 0;
        }
        if (_bySlice.Length < slice.SeriesCount)
        {
            _bySlice = new Column[Math.Max(slice.SeriesCount, _bySlice.Length * 2)];
        }
        int count = 0;
        foreach (SampleSlice.SeriesEntry entry in slice.Series)
        {
            ref Column? column = ref CollectionsMarshal.GetValueRefOrAddDefault(_columns, entry.Id, out _);
            _bySlice[count++] = column ??= new Column(TagSet.FromCanonical(entry.CanonicalTags));
        }
        int added = 0;
        foreach (SampleSlice.Sample sample in slice.Samples)
        {
            if (sample.UnixMs >= oldestMs)
            {
                _bySlice[sample.Series].Add(sample.UnixMs, sample.Value, sample.Weight);
                added++;
            }
        }
        HasSamples |= added > 0;
        return added;
    }

    /// <summary>A block a series; what the grain refused is left out, or folded as the grain folded it.</summary>
    public IEnumerable<RawBlock> Blocks(HashSet<SeriesId> admitted, CardinalityPolicy policy)
    {
        var overflow = new Column(TagSet.Of(("__overflow__", "true")));
        // Of a series whose samples were all too old there is nothing to write.
        foreach ((SeriesId id, Column column) in _columns.Where(c => c.Value.Count > 0))
        {
            if (admitted.Contains(id))
            {
                yield return column.ToBlock(name, kind, unit, id) with { Keep = keep };
            }
            else if (policy == CardinalityPolicy.Overflow)
            {
                overflow.Add(column);
            }
        }
        if (overflow.Count > 0)
        {
            yield return overflow.ToBlock(name, kind, unit, SeriesId.Of(_name, overflow.Tags.Canonical)) with { Keep = keep };
        }
    }

    private sealed class Column(TagSet tags)
    {
        private readonly List<long> _times = [];
        private readonly List<double> _values = [];
        private List<double>? _weights;

        public TagSet Tags => tags;

        public int Count => _times.Count;

        public void Add(long unixMs, double value, double weight)
        {
            if (weight != 1 && _weights is null)
            {
                _weights = [.. Enumerable.Repeat(1.0, _times.Count)];
            }
            _times.Add(unixMs);
            _values.Add(value);
            _weights?.Add(weight);
        }

        public void Add(Column other)
        {
            for (int i = 0; i < other.Count; i++)
            {
                Add(other._times[i], other._values[i], other._weights?[i] ?? 1);
            }
        }

        public RawBlock ToBlock(string metric, MetricKind kind, string unit, SeriesId id)
        {
            Sort();
            return new RawBlock(new SeriesDefinition(id, metric, kind, unit, tags, _times[0], _times[^1]), _times, _values, _weights);
        }

        /// <summary>Mostly in order already. Stable, so that of two samples at one time the later sent stays last.</summary>
        private void Sort()
        {
            for (int i = 1; i < _times.Count; i++)
            {
                if (_times[i] < _times[i - 1])
                {
                    int[] order = [.. Enumerable.Range(0, _times.Count).OrderBy(n => _times[n])];
                    Apply(order);
                    return;
                }
            }
        }

        private void Apply(int[] order)
        {
            long[] times = [.. order.Select(n => _times[n])];
            double[] values = [.. order.Select(n => _values[n])];
            double[]? weights = _weights is null ? null : [.. order.Select(n => _weights[n])];
            CollectionsMarshal.SetCount(_times, 0);
            CollectionsMarshal.SetCount(_values, 0);
            _times.AddRange(times);
            _values.AddRange(values);
            _weights = weights is null ? null : [.. weights];
        }
    }
}
