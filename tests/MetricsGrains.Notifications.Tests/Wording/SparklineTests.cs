using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Tests.Wording;

public sealed class SparklineTests
{
    [Theory]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, "▁▂▃▄▅▆▇█")]
    [InlineData(new double[] { 5, 5, 5 }, "▁▁▁")]
    [InlineData(new double[] { 0, double.NaN, 1 }, "▁ █")]
    [InlineData(new double[] { -1e308, 1e308 }, "▁█")]
    [InlineData(new double[] { 1 }, "")]
    [InlineData(new double[] { }, "")]
    [InlineData(new double[] { double.NaN, double.NegativeInfinity, 3 }, "")]
    public void Of_Values_IsALine(double[] values, string line) => Assert.Equal(line, Sparkline.Of(values));

    [Fact]
    public void Of_ManyValues_ShowsTheNewest()
    {
        string line = Sparkline.Of([.. Enumerable.Repeat(100.0, 100), 0, .. Enumerable.Repeat(50.0, 29)]);
        Assert.Equal(Sparkline.MaxChars, line.Length);
        Assert.Equal('▁', line[0]);
    }
}
