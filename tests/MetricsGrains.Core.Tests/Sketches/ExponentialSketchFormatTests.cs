using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>Version 1 of the bytes, for ever readable, and everything that is not it.</summary>
public class ExponentialSketchFormatTests
{
    [Fact]
    public void ToArray_Version1_GoldenBytes()
    {
        Assert.Equal("0106000000", Hex(new ExponentialSketch()));

        var sketch = new ExponentialSketch();
        sketch.Add(0, 300);
        sketch.Add(1); // bucket -1
        sketch.Add(1.005); // bucket 0
        sketch.Add(1.005);
        sketch.Add(1000, 1_000_000); // bucket 637
        sketch.Add(-2, 2); // bucket 63
        sketch.Add(-double.MaxValue); // bucket 65535
        Assert.Equal("0106" + "AC02" + "03" + "02" + "0100" + "F909BE843D" + "02" + "FD0100" + "FEFE07", Hex(sketch));
    }

    [Fact]
    public void ToArray_CoarseScale_GoldenBytes()
    {
        var sketch = new ExponentialSketch(ExponentialSketch.MinMaxBuckets);
        for (int i = 0; i < 40; i++) sketch.Add(Math.Pow(4, i));
        Assert.Equal(-3, sketch.Scale);
        Assert.Equal("01FD000B02" + "010201020102010201020102010201020102" + "0101" + "00", Hex(sketch));
    }

    [Fact]
    public void TryDecode_Version1GoldenBytes_StillReads()
    {
        byte[] encoded = Convert.FromHexString("0106AC02030201" + "00F909BE843D02FD0100FEFE07");
        Assert.True(ExponentialSketch.TryDecode(encoded, out ExponentialSketch? sketch));
        Assert.Equal(300, sketch.ZeroCount);
        Assert.Equal([(-1, 1L), (0, 2L), (637, 1_000_000L)], sketch.PositiveBuckets);
        Assert.Equal([(63, 2L), (65535, 1L)], sketch.NegativeBuckets);
        Assert.Equal(encoded, sketch.ToArray());
    }

    [Fact]
    public void WriteTo_ExactOrLongerDestination_WritesTheSameBytes()
    {
        ExponentialSketch sketch = Sample(5);
        byte[] expected = sketch.ToArray();
        Assert.Equal(expected.Length, sketch.EncodedLength);
        var destination = new byte[expected.Length + 3];
        Assert.Equal(expected.Length, sketch.WriteTo(destination));
        Assert.Equal(expected, destination[..^3]);
        Assert.Throws<ArgumentException>(() => sketch.WriteTo(new byte[expected.Length - 1]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0006000000")] // version 0
    [InlineData("0206000000")] // version 2
    [InlineData("0107000000")] // scale 7
    [InlineData("01F5000000")] // scale -11
    [InlineData("010600000000")] // a byte too many
    [InlineData("010680000000")] // zeros not in the shortest form
    [InlineData("0106FFFFFFFFFFFFFFFFFF010000")] // more zeros than a long
    [InlineData("0106FFFFFFFFFFFFFFFFFF030000")] // more than 64 bits
    [InlineData("010600FFFFFFFFFFFFFFFFFF0100")] // 2^64 buckets
    [InlineData("01060001808010" + "00")] // bucket 65536
    [InlineData("0106000186E41000")] // bucket -68738
    [InlineData("01FF0001FCFF0800")] // a bucket of scale 6 at scale -1
    [InlineData("01060002" + "FCFF0F" + "00" + "00")] // the bucket after the last
    [InlineData("01060001" + "01FFFFFFFFFFFFFFFF7F" + "00")] // more than a long in a bucket
    public void TryDecode_NotASketch_IsRefused(string hex)
    {
        byte[] encoded = Convert.FromHexString(hex);
        Assert.False(ExponentialSketch.TryDecode(encoded, out ExponentialSketch? decoded));
        Assert.Null(decoded);
        ExponentialSketch sketch = Sample(1);
        byte[] before = sketch.ToArray();
        Assert.False(sketch.TryMergeEncoded(encoded));
        Assert.Equal(before, sketch.ToArray());
    }

    [Fact]
    public void TryDecode_EveryTruncation_IsRefused()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            byte[] encoded = Sample(seed).ToArray();
            for (int length = 0; length < encoded.Length; length++)
            {
                Assert.False(ExponentialSketch.TryDecode(encoded.AsSpan(0, length), out _), $"seed {seed}, {length} of {encoded.Length} bytes");
            }
        }
    }

    [Fact]
    public void TryDecode_HundredThousandMutations_NeverThrowsAndBoundsMemory()
    {
        const int Seed = 20260101;
        var random = new Random(Seed);
        byte[][] originals = [.. Enumerable.Range(0, 40).Select(seed => Sample(seed).ToArray())];
        int decoded = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] encoded = Mutations.Mutate(originals[random.Next(originals.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (ExponentialSketch.TryDecode(encoded, out ExponentialSketch? sketch))
            {
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= 1_024 + 128L * encoded.Length, $"seed {Seed}, round {round}: {allocated} B for {encoded.Length} B");
                Assert.True(sketch.IsEmpty || sketch.Quantile(0.5) is >= -double.MaxValue and <= double.MaxValue, $"seed {Seed}, round {round}");
                Assert.True(sketch.ToArray().Length <= encoded.Length, $"seed {Seed}, round {round}: grew");
                decoded++;
            }
        }

        // If nearly none survived, the test would have tested the version byte only.
        Assert.True(decoded > 10_000, $"{decoded} decoded");
    }

    private static ExponentialSketch Sample(int seed)
    {
        var random = new Random(seed);
        var sketch = new ExponentialSketch(seed % 4 == 3 ? 40 : ExponentialSketch.DefaultMaxBuckets);
        string name = Distributions.Names[seed % Distributions.Names.Length];
        foreach (double value in Distributions.Draw(name, random, 1 + random.Next(400))) sketch.Add(value, 1 + random.Next(3) * random.Next(900));
        return sketch;
    }

    private static string Hex(ExponentialSketch sketch) => Convert.ToHexString(sketch.ToArray());
}
