using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class RawBlockCodecTests
{
    /// <summary>Version 1's bytes, for ever: blocks written by this version must be read by every later one.</summary>
    private const string GoldenV1 = "01000580b0cfd5af65e04e2083702712f80000000004f0a5c1ffc00000000000030197ffc1ffff7ffffffffffffc80acccccccccccca";

    private const string GoldenWeightedV1 = "01010580b0cfd5af65e04e2083702712f80000000004f0a5c1ffc00000000000030197ffc1ffff7ffffffffffffc80acccccccccccca7fe000000000000184cffaaffa80";

    private static readonly long[] Times = [1_741_564_800_000, 1_741_564_810_000, 1_741_564_820_003, 1_741_564_820_003, 1_741_569_999_999];
    private static readonly double[] Values = [1.5, 1.5, -0.0, double.MaxValue, 0.1];
    private static readonly double[] Weights = [1, 10, 10, 1, 1];

    [Fact]
    public void Encode_Golden_BytesOfVersion1()
    {
        Assert.Equal(GoldenV1, Convert.ToHexStringLower(Encode(Times, Values, null)));
        Assert.Equal(GoldenWeightedV1, Convert.ToHexStringLower(Encode(Times, Values, Weights)));
    }

    [Fact]
    public void TryDecode_Golden_SamplesOfVersion1()
    {
        Assert.True(RawBlockCodec.TryDecode(Convert.FromHexString(GoldenV1), out RawSamples plain));
        AssertSame(Times, Values, null, plain, "golden");
        Assert.True(RawBlockCodec.TryDecode(Convert.FromHexString(GoldenWeightedV1), out RawSamples weighted));
        AssertSame(Times, Values, Weights, weighted, "golden, weighted");
    }

    [Fact]
    public void Encode_RegularGauge_TakesTwoBitsASample()
    {
        long[] times = [.. Enumerable.Range(0, 1000).Select(i => 1_741_564_800_000 + (i * 10_000L))];
        Assert.InRange(Encode(times, new double[1000], null).Length, 250, 275);
    }

    [Fact]
    public void EncodeDecode_RandomBlocks_AreLossless()
    {
        const int Seed = 20250310;
        var random = new Random(Seed);
        for (int round = 0; round < 3_000; round++)
        {
            int count = random.Next(1, 80);
            long[] times = new long[count];
            double[] values = new double[count], weights = new double[count];
            long time = random.Next(4) == 0 ? random.NextInt64(long.MinValue / 4, long.MaxValue / 4) : 1_741_564_800_000;
            for (int i = 0; i < count; i++)
            {
                time += random.Next(6) switch { 0 => 0, 1 => random.Next(3), 2 => random.Next(100_000), 3 => random.NextInt64(1L << 50), _ => 10_000 };
                times[i] = time;
                values[i] = RandomDouble(random, i > 0 ? values[i - 1] : 0);
                weights[i] = random.Next(1, 4);
            }
            double[]? maybe = random.Next(2) == 0 ? null : weights;
            Assert.True(RawBlockCodec.TryDecode(Encode(times, values, maybe), out RawSamples samples), $"seed {Seed}, round {round}");
            AssertSame(times, values, maybe, samples, $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void Encode_TimesOutOfOrder_Throws() => Assert.Throws<ArgumentException>(() => Encode([2, 1], [0, 0], null));

    [Fact]
    public void TryDecode_EveryTruncation_IsRefused()
    {
        byte[] block = Encode(Times, Values, Weights);
        for (int length = 0; length < block.Length; length++)
        {
            Assert.False(RawBlockCodec.TryDecode(block.AsSpan(0, length), out _), $"cut to {length}");
        }
        Assert.False(RawBlockCodec.TryDecode([.. block, 0], out _));
    }

    [Fact]
    public void TryDecode_HugeCount_AllocatesNothing()
    {
        byte[] block = [RawBlockCodec.Version, 1, 0xFF, 0xFF, 0x03, 0, .. new byte[64]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(RawBlockCodec.TryDecode(block, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    [Fact]
    public void TryDecode_HundredThousandMutations_NeverThrowsAndAllocatesInBounds()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        byte[][] valid = [Encode(Times, Values, null), Encode(Times, Values, Weights), Encode([.. Enumerable.Range(0, 200).Select(i => i * 1000L)], [.. Enumerable.Range(0, 200).Select(i => i * 0.1)], null)];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] block = (byte[])valid[random.Next(valid.Length)].Clone();
            for (int edits = random.Next(1, 5); edits > 0; edits--)
            {
                block[random.Next(block.Length)] = (byte)random.Next(256);
            }
            if (random.Next(3) == 0)
            {
                Array.Resize(ref block, random.Next(block.Length + 8));
            }
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool decoded = RawBlockCodec.TryDecode(block, out RawSamples samples);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            bool ordered = !decoded || samples.Times.Zip(samples.Times.Skip(1), (a, b) => a <= b).All(inOrder => inOrder);
            if (!ordered || allocated > 1024 + (block.Length * 4L * 24))
            {
                Assert.Fail($"seed {Seed}, in order: {ordered}, {allocated} bytes for {Convert.ToHexString(block)}");
            }
        }
    }

    private static double RandomDouble(Random random, double previous) => random.Next(7) switch
    {
        0 => previous,
        1 => previous + 1,
        2 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
        3 => -0.0,
        4 => double.Epsilon * random.Next(10),
        5 => random.NextDouble(),
        _ => random.Next(1000),
    };

    private static byte[] Encode(long[] times, double[] values, double[]? weights) => RawBlockCodec.Encode(times, values, weights, 0, times.Length, new BitWriter());

    private static void AssertSame(long[] times, double[] values, double[]? weights, RawSamples samples, string because)
    {
        Assert.True(times.AsSpan().SequenceEqual(samples.Times), because);
        Assert.True(values.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(samples.Values.Select(BitConverter.DoubleToInt64Bits)), because);
        Assert.True((weights is null && samples.Weights is null) || weights!.AsSpan().SequenceEqual(samples.Weights), because);
    }
}
