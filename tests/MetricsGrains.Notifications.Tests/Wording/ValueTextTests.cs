using MetricsGrains.Core.Windows;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Tests.Wording;

public sealed class ValueTextTests
{
    [Theory]
    [InlineData(1412.7, "ms", "1412.7 ms")]
    [InlineData(1000.4, "ms", "1000.4 ms")]
    [InlineData(0.95, "%", "0.95 %")]
    [InlineData(0, "", "0")]
    [InlineData(-12.5, "", "-12.5")]
    [InlineData(12_884_901_888, "B", "12 GiB")]
    [InlineData(1023, "B", "1023 B")]
    [InlineData(2048, "B/s", "2 KiB/s")]
    [InlineData(1_234_567, "", "1.2346 M")]
    [InlineData(999_999, "", "999999")]
    [InlineData(5e9, "req/s", "5 G req/s")]
    [InlineData(0.0000123, "s", "1.23E-5 s")]
    [InlineData(double.NaN, "s", "no value")]
    [InlineData(double.PositiveInfinity, "", "infinite")]
    public void Format_Value_IsForPeople(double value, string unit, string text) => Assert.Equal(text, ValueText.Format(value, unit));

    [Fact]
    public void Format_Absent_SaysSo() => Assert.Equal("no value", ValueText.Format(null, "ms"));

    [Theory]
    [InlineData("By", "rate", "B/s")]
    [InlineData("By", "avg", "B")]
    [InlineData("{request}", "rate", "/s")]
    [InlineData("{request}", "sum", "")]
    [InlineData("ms", "count", "")]
    [InlineData("ms", "p99", "ms")]
    [InlineData("1", "last", "")]
    public void UnitOf_Statistic_IsItsUnit(string unit, string statistic, string expected)
    {
        Assert.True(Statistic.TryParse(statistic, out Statistic parsed));
        Assert.Equal(expected, ValueText.UnitOf(unit, parsed));
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(725, "12 min 5 s")]
    [InlineData(5460, "1 h 31 min")]
    [InlineData(3601, "1 h")]
    [InlineData(90_000, "1 d 1 h")]
    public void Span_Seconds_AreAtMostTwoUnits(int seconds, string text) => Assert.Equal(text, ValueText.Span(TimeSpan.FromSeconds(seconds)));
}
