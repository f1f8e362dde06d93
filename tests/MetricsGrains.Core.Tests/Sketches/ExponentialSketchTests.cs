using System.Numerics;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

public class ExponentialSketchTests
{
    [Fact]
    public void Quantile_Empty_IsNaN()
    {
        var sketch = new ExponentialSketch();
        Assert.True(sketch.IsEmpty);
        Assert.Equal(0, sketch.Count);
        Assert.True(double.IsNaN(sketch.Quantile(0.5)));
        Assert.True(double.IsNaN(sketch.Quantile(0.5, 1, 2)));
    }

    [Fact]
    public void Quantile_OutsideZeroToOne_IsTheNearerEnd()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(1);
        sketch.Add(100);
        Assert.Equal(sketch.Quantile(0), sketch.Quantile(-3));
        Assert.Equal(sketch.Quantile(1), sketch.Quantile(7));
        Assert.True(double.IsNaN(sketch.Quantile(double.NaN)));
        Assert.Equal(100, sketch.Quantile(1, 1, 100));
        Assert.Equal(1, sketch.Quantile(0, 1, 100));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Add_NotFinite_ThrowsAndChangesNothing(double value)
    {
        var sketch = new ExponentialSketch();
        Assert.Throws<ArgumentOutOfRangeException>(() => sketch.Add(value));
        Assert.True(sketch.IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Add_CountBelowOne_Throws(long count)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialSketch().Add(1, count));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialSketch().Add(0, count));
    }

    [Fact]
    public void Constructor_TooFewBuckets_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialSketch(15));

    [Fact]
    public void Add_ZeroOfEitherSign_CountsAsZero()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(0);
        sketch.Add(-0.0, 4);
        Assert.Equal(5, sketch.ZeroCount);
        Assert.Equal(5, sketch.Count);
        Assert.False(sketch.IsEmpty);
        Assert.Equal(0, sketch.Quantile(1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Add_CountsBeyondLong_Saturate(double value)
    {
        var sketch = new ExponentialSketch();
        sketch.Add(value, long.MaxValue);
        sketch.Add(value, long.MaxValue);
        sketch.Add(value);
        Assert.Equal((double)long.MaxValue, sketch.Count);
        sketch.Add(1e9, long.MaxValue);
        Assert.Equal(2.0 * long.MaxValue, sketch.Count);
        Assert.InRange(sketch.Quantile(1), 0.99e9, 1.01e9);
        Assert.Equal(value, sketch.Quantile(0.25, -1, 1), 0.01);
    }

    [Fact]
    public void Add_CountThatFillsAByteBucketPastLong_Saturates()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(1);
        sketch.Add(1, long.MaxValue);
        Assert.Equal(long.MaxValue, Assert.Single(sketch.PositiveBuckets).Count);
    }

    [Theory]
    [InlineData(double.MaxValue, 65535)]
    [InlineData(double.Epsilon, -68737)]
    [InlineData(2.2250738585072014E-308, -1022 * 64 - 1)] // the least normal number
    [InlineData(2.225073858507201E-308, -1022 * 64 - 1)] // the greatest subnormal
    [InlineData(1, -1)]
    [InlineData(2, 63)]
    public void Add_EdgesOfDouble_LandInTheirBucketAndComeBack(double value, int index)
    {
        foreach (int sign in new[] { 1, -1 })
        {
            var sketch = new ExponentialSketch();
            sketch.Add(sign * value);
            Assert.Equal((index, 1L), Assert.Single(sign > 0 ? sketch.PositiveBuckets : sketch.NegativeBuckets));
            double estimate = sketch.Quantile(0.5);
            Assert.True(double.IsFinite(estimate));
            Assert.Equal(1, estimate / value * sign, 0.0055);
        }
    }

    [Fact]
    public void Add_EveryPowerOfTwo_FitsTheCoarsestLimitAndStaysFinite()
    {
        var sketch = new ExponentialSketch(ExponentialSketch.MinMaxBuckets);
        for (int exponent = -1074; exponent <= 1023; exponent++) sketch.Add(Math.ScaleB(1, exponent));
        sketch.Add(double.MaxValue);
        Assert.Equal(2099, sketch.Count);
        Assert.InRange(sketch.PositiveBuckets.Count(), 1, ExponentialSketch.MinMaxBuckets);
        for (double q = 0; q <= 1; q += 0.01) Assert.True(sketch.Quantile(q) is > 0 and <= double.MaxValue, $"q {q}");
    }

    /// <summary>The bounds by integer roots, exactly: 2^(k/64) = (2^k)^(1/64), six square roots.</summary>
    [Fact]
    public void Add_NeighboursOfEveryBoundary_LieOnTheirSides()
    {
        foreach (int exponent in new[] { -1022, -30, -1, 0, 1, 52, 1023 })
        {
            for (int k = 1; k < 64; k++)
            {
                BigInteger root = BigInteger.One << (52 * 64 + k);
                for (int i = 0; i < 6; i++) root = SquareRoot(root);
                double below = Math.ScaleB((double)root, exponent - 52);
                Assert.Equal(exponent * 64 + k - 1, IndexOf(below));
                Assert.Equal(exponent * 64 + k, IndexOf(Math.BitIncrement(below)));
            }

            // A power of two is a bound itself and belongs to the bucket it closes.
            double power = Math.ScaleB(1, exponent);
            Assert.Equal(exponent * 64 - 1, IndexOf(power));
            Assert.Equal(exponent * 64, IndexOf(Math.BitIncrement(power)));
        }
    }

    [Fact]
    public void Add_SubnormalPowersOfTwo_CloseTheirBuckets()
    {
        for (int exponent = -1074; exponent < -1022; exponent++) Assert.Equal(exponent * 64 - 1, IndexOf(Math.ScaleB(1, exponent)));
        // 3 steps lie between 2 and 4: log2(3) = 1.585, times 64 = 101.4.
        Assert.Equal(-1074 * 64 + 101, IndexOf(3 * double.Epsilon));
    }

    [Fact]
    public void Merge_DifferentScales_TakesTheCoarser()
    {
        var coarse = new ExponentialSketch(maxBuckets: 16);
        for (int i = 0; i < 64; i++) coarse.Add(Math.Pow(2, i / 8.0));
        var fine = new ExponentialSketch(maxBuckets: 16);
        fine.Add(3);
        fine.Add(-3);
        Assert.True(coarse.Scale < fine.Scale);

        ExponentialSketch one = coarse.Clone(), other = fine.Clone();
        one.Merge(fine);
        other.Merge(coarse);
        Assert.Equal(coarse.Scale, one.Scale);
        Assert.Equal(66, one.Count);
        Assert.Equal(one.ToArray(), other.ToArray());
        Assert.Equal(2, fine.Count);
    }

    [Fact]
    public void Merge_WithItself_Doubles()
    {
        var sketch = new ExponentialSketch();
        for (int i = -300; i <= 300; i++) sketch.Add(i, 200);
        sketch.Merge(sketch);
        Assert.Equal(601 * 400, sketch.Count);
    }

    [Fact]
    public void Clone_ThenAdd_LeavesTheOriginal()
    {
        var sketch = new ExponentialSketch();
        sketch.Add(5);
        ExponentialSketch copy = sketch.Clone();
        copy.Add(5);
        copy.Add(7);
        Assert.Equal(1, sketch.Count);
        Assert.Equal(3, copy.Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5_000)]
    public void Clear_AfterAnySize_IsAsNew(int values)
    {
        var sketch = new ExponentialSketch(maxBuckets: 32);
        for (int i = 0; i < values; i++) sketch.Add(i - values / 2, 300);
        sketch.Clear();
        Assert.True(sketch.IsEmpty);
        Assert.Equal(ExponentialSketch.MaxScale, sketch.Scale);
        Assert.Equal(new ExponentialSketch().ToArray(), sketch.ToArray());
        Assert.True(sketch.MemoryBytes < 300);
        sketch.Add(-8);
        Assert.Equal(-8, sketch.Quantile(0.5), 0.05);
    }

    private static int IndexOf(double value)
    {
        var sketch = new ExponentialSketch();
        sketch.Add(value);
        return Assert.Single(sketch.PositiveBuckets).Index;
    }

    private static BigInteger SquareRoot(BigInteger value)
    {
        BigInteger root = BigInteger.One << (int)(value.GetBitLength() / 2 + 1);
        while (true)
        {
            BigInteger next = (root + value / root) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }
}
