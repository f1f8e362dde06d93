using MetricsGrains.Dashboard.Formatting;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests;

public class ValueFormatTests
{
    [Theory]
    [InlineData(0, "", "0")]
    [InlineData(1234, "", "1.23 k")]
    [InlineData(999.4, "", "999")]
    [InlineData(999.6, "", "1 k")]
    [InlineData(-4_500_000, "", "-4.5 M")]
    [InlineData(0.0421, "", "0.0421")]
    [InlineData(0.00001, "", "1E-5")]
    [InlineData(1e-3, "", "0.001")]
    [InlineData(2048, "By", "2 KiB")]
    [InlineData(312e6, "By", "298 MiB")]
    [InlineData(512, "bytes", "512 B")]
    [InlineData(1536, "By/s", "1.5 KiB/s")]
    [InlineData(85, "ms", "85 ms")]
    [InlineData(1850, "ms", "1.85 s")]
    [InlineData(0.012, "s", "12 ms")]
    [InlineData(0, "s", "0 s")]
    [InlineData(300, "s", "5 min")]
    [InlineData(42.26, "%", "42.3 %")]
    [InlineData(900, "{request}", "900")]
    [InlineData(900, "{request}/s", "900/s")]
    [InlineData(0.42, "cores", "0.42 cores")]
    [InlineData(2600, "EUR", "2.6 k EUR")]
    [InlineData(12, "1", "12")]
    public void Format_ValueAndUnit_IsShortAndScaled(double value, string unit, string expected) => Assert.Equal(expected, ValueFormat.Format(value, unit));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(null)]
    public void Format_NoNumber_IsADash(double? value) => Assert.Equal(ValueFormat.Absent, ValueFormat.Format(value, "ms"));

    [Theory]
    [InlineData("By", "rate", "B/s")]
    [InlineData("{request}", "rate", "/s")]
    [InlineData("ms", "p99", "ms")]
    [InlineData("ms", "count", "")]
    [InlineData("", "uniq", "")]
    public void UnitOf_Statistic_ChangesTheUnit(string unit, string statistic, string expected)
    {
        Assert.True(Statistic.TryParse(statistic, out Statistic parsed));
        Assert.Equal(expected, ValueFormat.UnitOf(unit, parsed));
    }

    [Theory]
    [InlineData(1000, 1500, "now")]
    [InlineData(1000, 4200, "3 s ago")]
    [InlineData(1000, 181_000, "3 min ago")]
    [InlineData(1000, 90_000_000, "24 h ago")]
    [InlineData(1000, 400_000_000, "4 d ago")]
    [InlineData(0, 5000, "–")]
    [InlineData(9000, 5000, "now")]
    public void Ago_Times_OneNumberAndUnit(long then, long now, string expected) => Assert.Equal(expected, Elapsed.Ago(then, now));
}
