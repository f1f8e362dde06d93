using MetricsGrains.Core.Model;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class RelativeGaugesTests
{
    [Fact]
    public void Resolve_Changes_AddUpFromTheLastValueAndFromZero()
    {
        var gauges = new RelativeGauges();
        SeriesId a = SeriesId.Of("a"u8, TagSet.Empty.Canonical), b = SeriesId.Of("b"u8, TagSet.Empty.Canonical);

        Assert.Equal(5, gauges.Resolve(a, 5, isChange: true));
        Assert.Equal(2, gauges.Resolve(a, -3, isChange: true));
        Assert.Equal(100, gauges.Resolve(a, 100, isChange: false));
        Assert.Equal(90, gauges.Resolve(a, -10, isChange: true));
        Assert.Equal(-1, gauges.Resolve(b, -1, isChange: true));
    }
}
