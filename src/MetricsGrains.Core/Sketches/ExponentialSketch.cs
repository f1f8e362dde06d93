using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace MetricsGrains.Core.Sketches;

/// <summary>
/// A mergeable summary of a distribution that answers every quantile with a relative error of at most
/// α = (γ-1)/(γ+1) = 0.542 %, γ = 2^(1/64). It counts values in exponential buckets of base γ, those of negative values by
/// their magnitude, and zeros apart. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>Sources: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
/// VLDB 2019, for the error bound; OpenTelemetry metrics data model, "ExponentialHistogram", for the bucket indices and for
/// perfect subsetting (scale s-1 is scale s with pairs of buckets merged).</para>
/// <para>Merging adds counts and is therefore exact, associative and commutative: the same values give the same
/// <see cref="ToArray"/> bytes in whatever order and parts they came, provided that all parts have the same bucket limit.
/// The limit counts non-empty buckets, which only grow in number as values are added; the final scale is the finest at
/// which all values together fit, whatever the way there.</para>
/// <para>Between 4e-322 and 3e-320 the error can be one step of the subnormal doubles, which are 4.9e-324 apart.</para>
/// </remarks>
public sealed class ExponentialSketch
{
    /// <summary>The finest scale, at which a sketch starts: 64 buckets for each power of two.</summary>
    public const int MaxScale = ExponentialIndex.Scale;

    /// <summary>The coarsest scale: one bucket for 2^1024. Three buckets span all doubles.</summary>
    public const int MinScale = -10;

    /// <summary>
    /// Non-empty buckets of one sign over which a sketch gives up half its resolution. 8192 hold every value between 1e-19
    /// and 1e19, so that only a series without any sense of scale ever gets there.
    /// </summary>
    public const int DefaultMaxBuckets = 8192;

    /// <summary>The least bucket limit.</summary>
    public const int MinMaxBuckets = 16;

    private readonly int _maxBuckets;
    private BucketStore _positive = new();
    private BucketStore _negative = new();
    private long _zeroCount;
    private int _shift;

    /// <param name="maxBuckets">Non-empty buckets allowed for each sign, at least <see cref="MinMaxBuckets"/>.</param>
    public ExponentialSketch(int maxBuckets = DefaultMaxBuckets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBuckets, MinMaxBuckets);
        _maxBuckets = maxBuckets;
    }

    /// <summary>log2 of the buckets per power of two, <see cref="MinScale"/> to <see cref="MaxScale"/>.</summary>
    public int Scale => MaxScale - _shift;

    /// <summary>
    /// The weight of all values: the sum of all counts, exact up to 2^53. Walks the buckets; ask <see cref="IsEmpty"/> where
    /// that is the question.
    /// </summary>
    public double Count => (double)Total();

    /// <summary>No value was added.</summary>
    public bool IsEmpty => _zeroCount == 0 && _positive.Used == 0 && _negative.Used == 0;

    /// <summary>The weight of the values that are 0 or -0.</summary>
    public long ZeroCount => _zeroCount;

    /// <summary>
    /// Non-empty buckets of positive values, ascending: bucket <c>i</c> holds (2^(i/2^Scale), 2^((i+1)/2^Scale)].
    /// Changing the sketch while enumerating is not allowed. Allocates; meant for export.
    /// </summary>
    public IEnumerable<(int Index, long Count)> PositiveBuckets => Buckets(_positive);

    /// <summary>As <see cref="PositiveBuckets"/>, for the magnitudes of negative values; ascending, so from near zero outwards.</summary>
    public IEnumerable<(int Index, long Count)> NegativeBuckets => Buckets(_negative);

    /// <summary>Bytes this sketch takes in memory on a 64-bit runtime.</summary>
    public int MemoryBytes => 96 + _positive.ArrayBytes + _negative.ArrayBytes;

    /// <summary>How many times pairs of buckets were merged: 0 at <see cref="MaxScale"/>.</summary>
    internal int Shift => _shift;

    internal ref readonly BucketStore PositiveStore => ref _positive;

    /// <summary>Of the magnitudes of negative values.</summary>
    internal ref readonly BucketStore NegativeStore => ref _negative;

    /// <summary>Exactly how many bytes <see cref="WriteTo"/> writes. Walks the buckets.</summary>
    public int EncodedLength => ExponentialSketchFormat.Length(_zeroCount, in _positive, in _negative);

    /// <summary>Counts a value. Allocates nothing once the value's range is known.</summary>
    /// <param name="value">Any finite number, subnormals included.</param>
    /// <param name="count">Its weight, at least 1. A bucket's count stops at <see cref="long.MaxValue"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite, or the count is below 1. Nothing changed.</exception>
    public void Add(double value, long count = 1)
    {
        if (!double.IsFinite(value)) ThrowNotFinite(value);
        if (count < 1) ThrowCountBelowOne(count);
        if (value > 0) Add(ref _positive, ExponentialIndex.Of(BitConverter.DoubleToUInt64Bits(value)), 0, count);
        else if (value < 0) Add(ref _negative, ExponentialIndex.Of(BitConverter.DoubleToUInt64Bits(-value)), 0, count);
        else AddZeros(count);
    }

    /// <summary>Adds all that the other sketch counted; the coarser scale of the two remains. The other is not changed.</summary>
    public void Merge(ExponentialSketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        // Reading a store while adding to it would read what was just added.
        if (ReferenceEquals(this, other)) other = Clone();
        Coarsen(other._shift);
        AddZeros(other._zeroCount);
        Merge(ref _positive, in other._positive, other._shift);
        Merge(ref _negative, in other._negative, other._shift);
    }

    /// <summary>
    /// The nearest-rank quantile: an estimate of the value at rank ceil(q·n) of n in ascending order, of the smallest for q = 0.
    /// </summary>
    /// <param name="q">0 to 1; beyond is taken as the nearer of the two.</param>
    /// <returns>The value, at most 0.542 % off at <see cref="MaxScale"/>; NaN when the sketch is empty or q is NaN.</returns>
    public double Quantile(double q)
    {
        UInt128 total = Total();
        if (total == 0 || double.IsNaN(q)) return double.NaN;
        // Rounding q·n may lead out of 1..n when n exceeds 2^53.
        UInt128 rank = UInt128.Clamp((UInt128)Math.Ceiling(Math.Clamp(q, 0, 1) * (double)total), 1, total);

        UInt128 negatives = _negative.Total();
        // The most negative value is in the last bucket: count from the other end.
        if (rank <= negatives) return -Find(in _negative, negatives - rank + 1);
        rank -= negatives;
        if (rank <= (ulong)_zeroCount) return 0;
        return Find(in _positive, rank - (ulong)_zeroCount);
    }

    /// <summary>As <see cref="Quantile(double)"/>, but never outside the exact least and greatest value, which the caller knows.</summary>
    public double Quantile(double q, double min, double max)
    {
        double value = Quantile(q);
        if (value < min) value = min;
        if (value > max) value = max;
        return value;
    }

    /// <summary>Forgets all values and returns to <see cref="MaxScale"/>. Keeps small buffers for the next, drops large ones.</summary>
    public void Clear()
    {
        _positive.Clear();
        _negative.Clear();
        _zeroCount = 0;
        _shift = 0;
    }

    /// <summary>A copy that shares nothing with this sketch.</summary>
    public ExponentialSketch Clone() => new(_maxBuckets)
    {
        _positive = _positive.Clone(),
        _negative = _negative.Clone(),
        _zeroCount = _zeroCount,
        _shift = _shift,
    };

    /// <summary>The versioned binary form, docs/formats/exponential-sketch.md. Equal contents are equal bytes.</summary>
    public byte[] ToArray()
    {
        byte[] encoded = new byte[EncodedLength];
        ExponentialSketchFormat.Write(encoded, Scale, _zeroCount, in _positive, in _negative);
        return encoded;
    }

    /// <summary>Writes the binary form.</summary>
    /// <param name="destination">At least <see cref="EncodedLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">The destination is too short. Nothing was written.</exception>
    public int WriteTo(Span<byte> destination)
    {
        int length = EncodedLength;
        if (destination.Length < length)
        {
            throw new ArgumentException($"The sketch needs {length} bytes, the destination has {destination.Length}.", nameof(destination));
        }

        return ExponentialSketchFormat.Write(destination, Scale, _zeroCount, in _positive, in _negative);
    }

    /// <summary>Reads the binary form into a sketch of <see cref="DefaultMaxBuckets"/>. Never throws.</summary>
    /// <returns>False when the bytes are not exactly one sketch of a known version.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out ExponentialSketch? sketch)
    {
        sketch = null;
        if (!ExponentialSketchReader.IsValid(encoded)) return false;
        sketch = new ExponentialSketch();
        sketch.MergeValid(encoded);
        return true;
    }

    /// <summary>As <see cref="Merge(ExponentialSketch)"/> with the decoded bytes, without making a sketch of them. Never throws.</summary>
    /// <returns>False, and nothing changed, when the bytes are not exactly one sketch of a known version.</returns>
    public bool TryMergeEncoded(ReadOnlySpan<byte> encoded)
    {
        // Two walks: the first over hostile bytes, so that the second cannot stop half-way with half the counts added.
        if (!ExponentialSketchReader.IsValid(encoded)) return false;
        MergeValid(encoded);
        return true;
    }

    /// <summary>As <see cref="TryMergeEncoded"/> with bytes that this process encoded and kept: looking for damage first takes as long as the merge.</summary>
    internal void MergeValid(ReadOnlySpan<byte> encoded)
    {
        var reader = new ExponentialSketchReader(encoded);
        reader.TryReadHeader(out int shift, out long zeroCount);
        Coarsen(shift);
        AddZeros(zeroCount);
        MergeSign(ref _positive, ref reader, shift);
        MergeSign(ref _negative, ref reader, shift);
    }

    private void MergeSign(ref BucketStore store, ref ExponentialSketchReader reader, int shift)
    {
        reader.TryReadSign(out int buckets);
        store.Reserve(buckets);
        while (reader.TryReadBucket(out int index, out long count)) Add(ref store, index, shift, count);
    }

    private void Merge(ref BucketStore store, in BucketStore other, int shift)
    {
        if (store.Used == 0 && _shift == shift && other.Used <= _maxBuckets)
        {
            // The first of a merge of many: a copy of the arrays beats adding bucket by bucket many times over.
            store = other.Clone();
            return;
        }
        int slot = 0;
        while (other.TryNext(ref slot, out int index, out long count)) Add(ref store, index, shift, count);
    }

    /// <param name="shift">The one the index was made for; this sketch's is at least that.</param>
    private void Add(ref BucketStore store, int index, int shift, long count)
    {
        store.Add(index >> (_shift - shift), count);
        if (store.Used > _maxBuckets) Fit();
    }

    // Counts are not negative, so both saturate at the same sum in whatever order they come.
    private void AddZeros(long count) => _zeroCount = (long)Math.Min((ulong)_zeroCount + (ulong)count, long.MaxValue);

    private void Fit()
    {
        while (_positive.Used > _maxBuckets || _negative.Used > _maxBuckets) Coarsen(_shift + 1);
    }

    private void Coarsen(int shift)
    {
        if (shift > MaxScale - MinScale) throw new UnreachableException("BUG: a sketch at its coarsest scale does not fit its bucket limit");
        for (; _shift < shift; _shift++)
        {
            _positive = _positive.Halved();
            _negative = _negative.Halved();
        }
    }

    private UInt128 Total() => _positive.Total() + _negative.Total() + (ulong)_zeroCount;

    private double Find(in BucketStore store, UInt128 rank)
    {
        if (store.TryFind(rank, out int index)) return ExponentialIndex.Representative(index, _shift);
        throw new UnreachableException("BUG: a sketch's counts do not add up to its total");
    }

    private static IEnumerable<(int Index, long Count)> Buckets(BucketStore store)
    {
        int slot = 0;
        while (store.TryNext(ref slot, out int index, out long count)) yield return (index, count);
    }

    // Apart, so that Add stays small enough to be compiled into its caller.
    [DoesNotReturn]
    private static void ThrowNotFinite(double value) =>
        throw new ArgumentOutOfRangeException(nameof(value), value, "A sketch holds finite numbers only.");

    [DoesNotReturn]
    private static void ThrowCountBelowOne(long count) =>
        throw new ArgumentOutOfRangeException(nameof(count), count, "A value's count is at least 1.");
}
