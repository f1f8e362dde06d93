using System.Globalization;
using System.Text;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Tests.Text;

public class DecimalNumberTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("+5")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("-.5e-3")]
    [InlineData("9007199254740993")]
    [InlineData("18446744073709551616")]
    [InlineData("0.1234567890123456789")]
    [InlineData("1e22")]
    [InlineData("1e23")]
    [InlineData("4.9e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("1e-400")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("0e99999999999999999999")]
    [InlineData("000000000000000000000000000000000001.5")]
    public void TryParse_Number_SameBitsAsDoubleParse(string text)
    {
        Assert.True(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out double value));
        double expected = double.Parse(text, CultureInfo.InvariantCulture);
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("+.")]
    [InlineData("1x")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("e5")]
    [InlineData("1e5.5")]
    [InlineData("1,5")]
    [InlineData("--1")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("nan")]
    [InlineData("Infinity")]
    [InlineData("inf")]
    [InlineData("∞")]
    [InlineData("1_000")]
    [InlineData("1\0")]
    public void TryParse_NotANumber_Refused(string text) => Assert.False(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("1e999999999999999999999")]
    public void TryParse_TooLarge_Infinity(string text)
    {
        Assert.True(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out double value));
        Assert.True(double.IsInfinity(value));
    }

    [Fact]
    public void TryParse_MillionRandomDecimals_SameBitsAsDoubleParse()
    {
        const int seed = 20240601;
        var random = new Random(seed);
        Span<byte> text = stackalloc byte[64];
        for (int i = 0; i < 1_000_000; i++)
        {
            int length = RandomDecimal(random, text);
            bool good = DecimalNumber.TryParse(text[..length], out double value);
            double expected = double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture);
            if (!good || BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(expected))
            {
                Assert.Fail($"seed {seed}, '{Encoding.ASCII.GetString(text[..length])}': {value:R}, expected {expected:R}");
            }
        }
    }

    private static int RandomDecimal(Random random, Span<byte> text)
    {
        int at = 0;
        if (random.Next(5) == 0)
        {
            // Any double there is, as its shortest text.
            double any = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            (double.IsFinite(any) ? any : 1.5).TryFormat(text, out at, "R", CultureInfo.InvariantCulture);
            return at;
        }
        if (random.Next(3) == 0)
        {
            text[at++] = (byte)(random.Next(2) == 0 ? '-' : '+');
        }
        int whole = random.Next(random.Next(4) == 0 ? 24 : 9);
        int fraction = random.Next(random.Next(4) == 0 ? 20 : 5);
        for (int i = 0; i < whole; i++)
        {
            text[at++] = (byte)('0' + random.Next(10));
        }
        if (fraction > 0 || whole == 0)
        {
            text[at++] = (byte)'.';
            for (int i = 0; i < Math.Max(fraction, whole == 0 ? 1 : 0); i++)
            {
                text[at++] = (byte)('0' + random.Next(10));
            }
        }
        if (random.Next(3) == 0)
        {
            text[at++] = (byte)(random.Next(2) == 0 ? 'e' : 'E');
            random.Next(random.Next(2) == 0 ? -25 : -340, 330).TryFormat(text[at..], out int written, default, CultureInfo.InvariantCulture);
            at += written;
        }
        return at;
    }
}
