using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Chart;

namespace MetricsGrains.Notifications.Tests.Chart;

public sealed class AlertChartTests
{
    private const int Line = 0x2563eb, Threshold = 0xd92d20;

    [Fact]
    public void Draw_RisingValues_ShowsLineThresholdAndPaper()
    {
        byte[] png = AlertChart.Draw(Samples.Latency())!;
        if (Environment.GetEnvironmentVariable("MG_SHOW_CHART") is { Length: > 0 } path)
        {
            File.WriteAllBytes(path, png);
        }
        PngPicture picture = PngPicture.Decode(png);
        Assert.Equal((1120, 360), (picture.Width, picture.Height));
        Assert.InRange(picture.Count(Line), 2_000, 20_000);
        Assert.InRange(picture.Count(Threshold), 1_500, 4_000);
        Assert.True(picture.Count(0xffffff) > picture.Width * picture.Height / 3);
        Assert.True(png.Length < 30_000, $"{png.Length} bytes");
    }

    [Fact]
    public void Draw_LastValueAboveThreshold_DotStandsAboveTheLine()
    {
        PngPicture picture = PngPicture.Decode(AlertChart.Draw(Samples.Latency())!);
        int dot = RowsOf(picture, Line, picture.Width - 40, picture.Width - 20).Min();
        int threshold = RowsOf(picture, Threshold, 116, picture.Width - 24).Min();
        Assert.True(dot < threshold, $"dot at row {dot}, threshold at row {threshold}");
    }

    [Theory]
    [InlineData(new[] { 1.0 })]
    [InlineData(new double[0])]
    [InlineData(new[] { double.NaN, 5, double.PositiveInfinity })]
    public void Draw_LessThanTwoValues_IsNull(double[] recent) => Assert.Null(AlertChart.Draw(Samples.Latency() with { Recent = recent }));

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(5.0, 5.0)]
    [InlineData(-1e308, 1e308)]
    [InlineData(5e-324, 1e-320)]
    [InlineData(-3.0, -2.0)]
    [InlineData(1e15, 1.000000001e15)]
    [InlineData(0.0, 1e-7)]
    public void Draw_AnyRange_IsAPicture(double from, double to)
    {
        foreach (AlertRuleType type in Enum.GetValues<AlertRuleType>())
        {
            PngPicture picture = PngPicture.Decode(AlertChart.Draw(Samples.Latency() with { RuleType = type, Threshold = from, Recent = [from, double.NaN, to, from, to] })!);
            Assert.True(picture.Count(Line) > 100);
        }
    }

    [Fact]
    public void Draw_DeadMansSwitch_HasNoThreshold() =>
        Assert.Equal(0, PngPicture.Decode(AlertChart.Draw(Samples.Silent() with { Recent = [4, 4, 3, 0, 0] })!).Count(Threshold));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1500, "1.5k")]
    [InlineData(-0.25, "-250m")]
    [InlineData(1e20, "1E20")]
    [InlineData(2e6, "2M")]
    public void LabelOf_Value_IsShort(double value, string label) => Assert.Equal(label, ValueAxis.LabelOf(value));

    private static IEnumerable<int> RowsOf(PngPicture picture, int rgb, int fromX, int toX) =>
        from y in Enumerable.Range(0, picture.Height)
        from x in Enumerable.Range(fromX, toX - fromX)
        where picture.At(x, y) == rgb
        select y;
}
