using System.Buffers.Binary;

namespace MetricsGrains.Core.Model;

/// <summary>One metric's part of a batch; borrows its bytes. Self-contained: it defines every series it uses.</summary>
public readonly ref struct SampleSlice
{
    private readonly ReadOnlySpan<byte> _series;
    private readonly ReadOnlySpan<byte> _samples;

    private SampleSlice(ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit, int seriesCount, int sampleCount, ReadOnlySpan<byte> series, ReadOnlySpan<byte> samples)
    {
        Name = name;
        Kind = kind;
        Unit = unit;
        SeriesCount = seriesCount;
        SampleCount = sampleCount;
        _series = series;
        _samples = samples;
    }

    public ReadOnlySpan<byte> Name { get; }

    public MetricKind Kind { get; }

    public ReadOnlySpan<byte> Unit { get; }

    public int SeriesCount { get; }

    public int SampleCount { get; }

    public SeriesEnumerator Series => new(_series, SeriesCount);

    public SampleEnumerator Samples => new(_samples, SampleCount, SeriesCount, Kind);

    public static bool TryRead(ReadOnlySpan<byte> bytes, out SampleSlice slice)
    {
        slice = default;
        if (bytes.Length < 9 || !MetricKinds.IsDefined((MetricKind)bytes[8]))
        {
            return false;
        }
        int at = 9;
        if (!TryTake(bytes, ref at, SampleBatchFormat.MaxNameBytes, out ReadOnlySpan<byte> name) || name.IsEmpty
            || !TryTake(bytes, ref at, SampleBatchFormat.MaxUnitBytes, out ReadOnlySpan<byte> unit)
            || !TryCount(bytes, ref at, out int seriesCount)
            || !TryCount(bytes, ref at, out int sampleCount)
            || !TryTake(bytes, ref at, int.MaxValue, out ReadOnlySpan<byte> series))
        {
            return false;
        }
        slice = new SampleSlice(name, (MetricKind)bytes[8], unit, seriesCount, sampleCount, series, bytes[at..]);
        return true;
    }

    private static bool TryCount(ReadOnlySpan<byte> bytes, scoped ref int at, out int count)
    {
        int used = Varint.Read(bytes[at..], out ulong value);
        at += used;
        count = (int)value;
        // Every series and sample takes at least two bytes: a larger count is damage, and must not size an array.
        return used > 0 && value <= (ulong)bytes.Length;
    }

    private static bool TryTake(ReadOnlySpan<byte> bytes, scoped ref int at, int limit, out ReadOnlySpan<byte> part)
    {
        part = default;
        int used = Varint.Read(bytes[at..], out ulong length);
        if (used == 0 || length > (ulong)limit || length > (ulong)(bytes.Length - at - used))
        {
            return false;
        }
        part = bytes.Slice(at + used, (int)length);
        at += used + (int)length;
        return true;
    }

    /// <summary>A series' definition; borrows.</summary>
    public readonly ref struct SeriesEntry(SeriesId id, ReadOnlySpan<byte> canonicalTags)
    {
        public SeriesId Id { get; } = id;

        public ReadOnlySpan<byte> CanonicalTags { get; } = canonicalTags;
    }

    /// <summary>Walks the definitions; <see cref="MoveNext"/> ends early on damage.</summary>
    public ref struct SeriesEnumerator(ReadOnlySpan<byte> bytes, int count)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _left = count;
        private int _at;

        public SeriesEntry Current { get; private set; }

        public readonly SeriesEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left == 0 || _bytes.Length - _at < 8)
            {
                return false;
            }
            var id = new SeriesId(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]));
            int at = _at + 8;
            if (!TryTake(_bytes, ref at, int.MaxValue, out ReadOnlySpan<byte> tags))
            {
                return false;
            }
            _at = at;
            _left--;
            Current = new SeriesEntry(id, tags);
            return true;
        }
    }

    /// <summary>A sample; a histogram's sketch is borrowed.</summary>
    public readonly ref struct Sample(int series, long unixMs, double value, double weight, HistogramTotals totals, ReadOnlySpan<byte> sketch)
    {
        /// <summary>Index of the series in the slice.</summary>
        public int Series { get; } = series;

        public long UnixMs { get; } = unixMs;

        /// <summary>For a set the member's hash, bit for bit.</summary>
        public double Value { get; } = value;

        public double Weight { get; } = weight;

        public HistogramTotals Totals { get; } = totals;

        public ReadOnlySpan<byte> Sketch { get; } = sketch;

        /// <summary>
        /// Whether aggregates may take it in. One NaN would poison every sum and maximum it is ever merged into, and bytes from another
        /// machine's log are no promise. Walks a histogram's sketch.
        /// </summary>
        public bool IsWellFormed(MetricKind kind) => kind switch
        {
            MetricKind.Set => true,
            MetricKind.Distribution => double.IsFinite(Value) && Weight > 0 && double.IsFinite(Weight),
            MetricKind.Histogram => Totals.Count == 0 || (Totals.Count > 0 && double.IsFinite(Totals.Count) && double.IsFinite(Totals.Sum)
                && double.IsFinite(Totals.Min) && double.IsFinite(Totals.Max) && Sketches.ExponentialSketchReader.IsValid(Sketch)),
            _ => double.IsFinite(Value) || StaleMarker.Is(Value),
        };

        /// <summary>A well-formed sample that observed nothing: a stale marker, a histogram without observations.</summary>
        public bool IsEmpty(MetricKind kind) => kind switch
        {
            MetricKind.Set or MetricKind.Distribution => false,
            MetricKind.Histogram => Totals.Count == 0,
            _ => StaleMarker.Is(Value),
        };
    }

    /// <summary>Walks the samples; <see cref="MoveNext"/> ends early on damage, so count what it gave.</summary>
    public ref struct SampleEnumerator(ReadOnlySpan<byte> bytes, int count, int seriesCount, MetricKind kind)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _left = count;
        private int _at;
        private long _ms;

        public Sample Current { get; private set; }

        public readonly SampleEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }
            int used = Varint.Read(_bytes[_at..], out ulong head);
            int at = _at + used;
            ulong series = head >> SampleBatchFormat.SampleFlagBits;
            if (used == 0 || series >= (ulong)seriesCount)
            {
                return false;
            }
            used = Varint.Read(_bytes[at..], out ulong elapsed);
            at += used;
            if (used == 0)
            {
                return false;
            }
            _ms += Varint.UnZigZag(elapsed);
            bool ok = kind == MetricKind.Histogram ? ReadHistogram((int)series, ref at) : ReadValue((int)series, head, ref at);
            if (!ok)
            {
                return false;
            }
            _at = at;
            _left--;
            return true;
        }

        private bool ReadValue(int series, ulong head, ref int at)
        {
            double value;
            if ((head & SampleBatchFormat.SampleIsInteger) != 0)
            {
                int used = Varint.Read(_bytes[at..], out ulong whole);
                at += used;
                if (used == 0)
                {
                    return false;
                }
                value = Varint.UnZigZag(whole);
            }
            else if (!TryDouble(ref at, out value))
            {
                return false;
            }
            double weight = 1;
            if ((head & SampleBatchFormat.SampleHasWeight) != 0 && !TryDouble(ref at, out weight))
            {
                return false;
            }
            Current = new Sample(series, _ms, value, weight, default, default);
            return true;
        }

        private bool ReadHistogram(int series, ref int at)
        {
            if (!TryDouble(ref at, out double count) || !TryDouble(ref at, out double sum) || !TryDouble(ref at, out double min) || !TryDouble(ref at, out double max)
                || !TryTake(_bytes, ref at, int.MaxValue, out ReadOnlySpan<byte> sketch))
            {
                return false;
            }
            Current = new Sample(series, _ms, sum, count, new HistogramTotals(count, sum, min, max), sketch);
            return true;
        }

        private readonly bool TryDouble(ref int at, out double value)
        {
            if (_bytes.Length - at < 8)
            {
                value = 0;
                return false;
            }
            value = BinaryPrimitives.ReadDoubleLittleEndian(_bytes[at..]);
            at += 8;
            return true;
        }
    }
}
