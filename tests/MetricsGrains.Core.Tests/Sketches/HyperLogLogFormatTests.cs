using System.Security.Cryptography;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>Version 1 of the bytes, for ever readable, and everything that is not it.</summary>
public class HyperLogLogFormatTests
{
    [Fact]
    public void ToArray_Version1Sparse_GoldenBytes()
    {
        Assert.Equal("010000", Convert.ToHexString(new HyperLogLog().ToArray()));

        var sketch = new HyperLogLog();
        sketch.Add(0); // index 0, rank 40
        sketch.Add(1UL << 39); // index 1: no rank
        sketch.Add((1UL << 39) + 5); // index 1 again
        sketch.Add(0x0100_0000_0000_0001); // index 2^17, a multiple of 2048: rank 39
        sketch.Add((1UL << 50) | (1UL << 38)); // index 2048, rank 1
        sketch.Add((1UL << 50) | (1UL << 20)); // index 2048, rank 19 is greater
        sketch.Add(ulong.MaxValue); // index 2^25 - 1
        Assert.Equal("0100" + "05" + "0028" + "00" + "FE0F13" + "FFEF0727" + "FEFFF70F", Convert.ToHexString(sketch.ToArray()));
    }

    [Fact]
    public void ToArray_Version1Dense_GoldenBytes()
    {
        byte[] encoded = HyperLogLogTests.Filled(1, 50_000).ToArray();
        Assert.Equal(2 + 12_288, encoded.Length);
        Assert.Equal("0101" + "42310807301481400484011C", Convert.ToHexString(encoded.AsSpan(0, 14)));
        Assert.Equal("6CACB9D0CC75B4234C18508E3FE59C87A158A75288D8741EA15A5B8905A1A473", Convert.ToHexString(SHA256.HashData(encoded)));
    }

    [Fact]
    public void TryDecode_Version1GoldenBytes_StillReads()
    {
        byte[] sparse = Convert.FromHexString("010005002800FE0F13FFEF0727FEFFF70F");
        Assert.True(HyperLogLog.TryDecode(sparse, out HyperLogLog? sketch));
        Assert.Equal(5, Math.Round(sketch.Estimate()));
        Assert.Equal(sparse, sketch.ToArray());

        // Registers 0 to 3 hold 1, 2, 3 and 51; the rest are empty.
        var dense = new byte[2 + 12_288];
        Convert.FromHexString("01018130CC").CopyTo(dense, 0);
        Assert.True(HyperLogLog.TryDecode(dense, out sketch));
        Assert.False(sketch.IsSparse);
        Assert.Equal(4, sketch.Estimate(), 0.01);
        Assert.Equal(dense, sketch.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0100")]
    [InlineData("000000")] // version 0
    [InlineData("010200")] // form 2
    [InlineData("01000000")] // a byte too many
    [InlineData("010001")] // an entry promised
    [InlineData("0100018000")] // not the shortest form
    [InlineData("0100010000")] // index 0 with rank 0
    [InlineData("0100010029")] // index 0 with rank 41
    [InlineData("01000180808010")] // index 2^25
    [InlineData("010002FFFFFF0F00")] // and the one after the last
    [InlineData("0100FFFFFFFFFFFFFFFFFF01")] // 2^64 entries
    [InlineData("010100")] // dense, but one byte of it
    public void TryDecode_NotASketch_IsRefused(string hex)
    {
        Assert.False(HyperLogLog.TryDecode(Convert.FromHexString(hex), out HyperLogLog? sketch));
        Assert.Null(sketch);
    }

    [Fact]
    public void TryDecode_DenseRankBeyondAnyHash_IsRefused()
    {
        var dense = new byte[2 + 12_288];
        dense[0] = 1;
        dense[1] = 1;
        dense[2] = 52;
        Assert.False(HyperLogLog.TryDecode(dense, out _));
    }

    [Fact]
    public void TryDecode_EveryTruncation_IsRefused()
    {
        foreach (int distinct in new[] { 0, 1, 50, 3_072, 5_000 })
        {
            byte[] encoded = HyperLogLogTests.Filled(8, distinct).ToArray();
            for (int length = 0; length < encoded.Length; length++)
            {
                Assert.False(HyperLogLog.TryDecode(encoded.AsSpan(0, length), out _), $"{distinct} distinct, {length} of {encoded.Length} bytes");
            }
        }
    }

    [Fact]
    public void TryDecode_HundredThousandMutations_NeverThrowsAndBoundsMemory()
    {
        const int Seed = 20260102;
        var random = new Random(Seed);
        byte[][] sparse = [.. new[] { 0, 1, 5, 20, 300 }.Select(distinct => HyperLogLogTests.Filled(6, distinct).ToArray())];
        byte[] dense = HyperLogLogTests.Filled(6, 20_000).ToArray();
        int decoded = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] encoded = Mutations.Mutate(round % 50 == 0 ? dense : sparse[random.Next(sparse.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool ok = HyperLogLog.TryDecode(encoded, out HyperLogLog? sketch);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= 256 + Math.Max(4L * encoded.Length, encoded.Length > 12_000 ? 16_384 : 0), $"seed {Seed}, round {round}: {allocated} B for {encoded.Length} B");
            if (!ok) continue;
            Assert.True(sketch!.Estimate() is >= 0 and < double.PositiveInfinity, $"seed {Seed}, round {round}");
            Assert.True(encoded.AsSpan().SequenceEqual(sketch.ToArray()), $"seed {Seed}, round {round}: another encoding");
            decoded++;
        }

        // If nearly none survived, the test would have tested the version byte only.
        Assert.True(decoded > 5_000, $"{decoded} decoded");
    }
}
