using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Model;

public sealed class SampleBatchTests
{
    private const long Now = 1_767_000_000_000;

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(-42.0)]
    [InlineData(2147483646.0)]
    [InlineData(2147483647.0)]
    [InlineData(-2147483648.0)]
    [InlineData(9007199254740993.0)]
    [InlineData(0.1)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void Add_AnyValue_IsReadBackBitForBit(double value) => AssertRoundTrip(BitConverter.DoubleToUInt64Bits(value));

    [Theory]
    [InlineData(0x8000000000000000)]
    [InlineData(StaleMarker.Bits)]
    [InlineData(0x7FF0000000000001)]
    [InlineData(0xFFF8000000000000)]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    public void AddMember_AnyHash_IsReadBackBitForBit(ulong hash) => AssertRoundTrip(hash);

    [Fact]
    public void Build_RandomSamples_AreReadBackInOrder()
    {
        var batch = new SampleBatchBuilder();
        for (int seed = 0; seed < 300; seed++)
        {
            // One builder for all: what a batch leaves behind must not show in the next.
            batch.Clear();
            RandomBatch.Fill(batch, new Random(seed), out List<string> expected);
            byte[] bytes = batch.ToArray();
            Check.That(bytes.Length <= batch.MaxEncodedLength(), $"seed {seed}: longer than its bound");
            List<string> read = RandomBatch.Read(bytes);
            Check.That(expected.SequenceEqual(read), $"seed {seed}:\n{string.Join('\n', expected)}\nread as\n{string.Join('\n', read)}");
        }
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(0, -1)]
    public void Add_ExtremeTimes_AreReadBack(long first, long second)
    {
        var batch = new SampleBatchBuilder();
        SeriesRef series = AddSeries(batch, "m", MetricKind.Gauge);
        batch.Add(series, first, 1);
        batch.Add(series, second, 2);
        Assert.Equal([first, second], RandomBatch.Times(batch.ToArray()));
        Assert.Equal(Math.Max(first, second), batch.NewestMs);
    }

    [Fact]
    public void AddHistogram_TotalsAndSketch_AreReadBack()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(3.5, 7);
        sketch.Add(-1);
        var totals = new HistogramTotals(8, 23.5, -1, 3.5);
        var batch = new SampleBatchBuilder();
        batch.AddHistogram(AddSeries(batch, "latency", MetricKind.Histogram), Now, totals, sketch.ToArray());
        byte[] bytes = batch.ToArray();
        SampleSlice.SampleEnumerator samples = FirstSlice(bytes).Samples;
        Assert.True(samples.MoveNext());
        Assert.Equal(totals, samples.Current.Totals);
        Assert.Equal(sketch.ToArray(), samples.Current.Sketch.ToArray());
        Assert.Equal(8, samples.Current.Weight);
        Assert.True(samples.Current.IsWellFormed(MetricKind.Histogram));
        Assert.False(samples.MoveNext());
    }

    [Fact]
    public void SetIdempotencyKey_SixteenBytes_AreReadBackAndForgottenByClear()
    {
        var batch = new SampleBatchBuilder();
        byte[] key = [.. Enumerable.Range(1, SampleBatchFormat.KeyBytes).Select(i => (byte)i)];
        batch.SetIdempotencyKey(key);
        batch.Add(AddSeries(batch, "m", MetricKind.Gauge), Now, 1);
        Assert.True(SampleBatch.TryRead(batch.ToArray(), out SampleBatch read));
        Assert.Equal(key, read.IdempotencyKey.ToArray());
        batch.Clear();
        Assert.True(SampleBatch.TryRead(batch.ToArray(), out read));
        Assert.Equal(0, read.IdempotencyKey.Length);
        Assert.Equal(0, read.SliceCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.SetIdempotencyKey(key.AsSpan(1)));
    }

    [Fact]
    public void SetReceipt_IsTheLastSixteenBytesAndForgottenByClear()
    {
        var batch = new SampleBatchBuilder();
        batch.SetReceipt(new BatchReceipt(3, 258, Now));
        batch.Add(AddSeries(batch, "m", MetricKind.Gauge), Now, 1);
        byte[] bytes = batch.ToArray();
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch read));
        Assert.Equal(new BatchReceipt(3, 258, Now), read.Receipt);
        Assert.Equal(1, read.SliceCount);
        Assert.Equal("03000000" + "02010000" + Convert.ToHexString(BitConverter.GetBytes(Now)), Convert.ToHexString(bytes.AsSpan()[^16..]));
        // The bit is there, the bytes are not.
        Assert.True(SampleBatch.TryRead(bytes.AsSpan(0, 8), out read));
        Assert.Null(read.Receipt);
        batch.Clear();
        Assert.True(SampleBatch.TryRead(batch.ToArray(), out read));
        Assert.Null(read.Receipt);
    }

    [Fact]
    public void AddSeries_NameOrUnitBeyondItsLimit_ThrowsRatherThanMakeASliceNobodyReads()
    {
        var batch = new SampleBatchBuilder();
        Assert.Throws<ArgumentOutOfRangeException>(() => AddSeries(batch, "", MetricKind.Gauge));
        Assert.Throws<ArgumentOutOfRangeException>(() => AddSeries(batch, new string('n', SampleBatchFormat.MaxNameBytes + 1), MetricKind.Gauge));
        Assert.Throws<ArgumentOutOfRangeException>(() => AddSeries(batch, "m", MetricKind.Gauge, new string('u', SampleBatchFormat.MaxUnitBytes + 1)));
        AddSeries(batch, new string('n', SampleBatchFormat.MaxNameBytes), MetricKind.Gauge, new string('u', SampleBatchFormat.MaxUnitBytes));
        Assert.Equal(SampleBatchFormat.MaxUnitBytes, FirstSlice(batch.ToArray()).Unit.Length);
    }

    [Fact]
    public void AddSeries_OneNameUnderTwoKinds_MakesTwoSlices()
    {
        var batch = new SampleBatchBuilder();
        batch.Add(AddSeries(batch, "m", MetricKind.Gauge), Now, 1);
        batch.Add(AddSeries(batch, "m", MetricKind.Counter), Now, 2);
        batch.Add(AddSeries(batch, "m", MetricKind.Gauge), Now, 3);
        Assert.Equal(2, batch.SliceCount);
        Assert.Equal(3, batch.SampleCount);
    }

    [Fact]
    public void Clear_Twice_MovesTheGeneration()
    {
        var batch = new SampleBatchBuilder();
        int before = batch.Generation;
        batch.Clear();
        batch.Clear();
        Assert.Equal(before + 2, batch.Generation);
    }

    /// <summary>Bytes of version 1, drawn in docs/formats/sample-batch.md. Logs hold them: they must be written and read like this for ever.</summary>
    [Fact]
    public void ToArray_Version1_GivesTheGoldenBytes()
    {
        Assert.Equal(GoldenBatch.Version1, Convert.ToHexString(GoldenBatch.Build()));
        Assert.Equal(GoldenBatch.Contents, RandomBatch.Read(Convert.FromHexString(GoldenBatch.Version1)));
    }

    private static void AssertRoundTrip(ulong bits)
    {
        var batch = new SampleBatchBuilder();
        batch.AddMember(AddSeries(batch, "m", MetricKind.Set), Now, bits);
        byte[] bytes = batch.ToArray();
        SampleSlice.SampleEnumerator samples = FirstSlice(bytes).Samples;
        Assert.True(samples.MoveNext());
        Assert.Equal(bits, BitConverter.DoubleToUInt64Bits(samples.Current.Value));
        Assert.Equal(1, samples.Current.Weight);
        Assert.Equal(Now, samples.Current.UnixMs);
    }

    private static SampleSlice FirstSlice(ReadOnlySpan<byte> bytes)
    {
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch batch));
        SampleBatch.Enumerator slices = batch.GetEnumerator();
        Assert.True(slices.MoveNext());
        Assert.True(SampleSlice.TryRead(bytes.Slice(slices.Current.Offset, slices.Current.Length), out SampleSlice slice));
        return slice;
    }

    private static SeriesRef AddSeries(SampleBatchBuilder batch, string name, MetricKind kind, string unit = "") =>
        batch.AddSeries(Encoding.UTF8.GetBytes(name), kind, Encoding.UTF8.GetBytes(unit), TagSet.Empty.Canonical, SeriesId.Of(Encoding.UTF8.GetBytes(name), TagSet.Empty.Canonical));
}
