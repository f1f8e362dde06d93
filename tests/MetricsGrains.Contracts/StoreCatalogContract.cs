using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Listing what is stored.</summary>
public abstract class StoreCatalogContract : StoreContract
{
    private static readonly string[] Names = ["a.b", "a_b", "a%b", "Été", "http.requests", "HTTP.errors", "zz"];

    [ContractTheory]
    [InlineData("", 7)]
    [InlineData("http", 2)]
    [InlineData("REQ", 1)]
    [InlineData("%", 1)]
    [InlineData("_", 1)]
    [InlineData("é", 1)]
    [InlineData("nothing", 0)]
    public async Task ListMetrics_Contains_IgnoresCaseAndKnowsNoWildcards(string contains, int count)
    {
        await AppendAsync([.. Names.Select(n => One(Series(n, MetricKind.Gauge), T0, 1))]);
        Assert.Equal(count, (await Rollups.ListMetricsAsync(contains, "", 100, None)).Count);
    }

    [ContractFact]
    public async Task ListMetrics_Paging_VisitsAllOnceInOrdinalOrder()
    {
        await AppendAsync([.. Names.Select(n => One(Series(n, MetricKind.Gauge), T0, 1))]);
        var seen = new List<string>();
        string after = "";
        while (await Rollups.ListMetricsAsync("", after, 2, None) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 2);
            seen.AddRange(page.Select(m => m.Name));
            after = seen[^1];
        }
        Assert.Equal(Names.Order(StringComparer.Ordinal), seen);
    }

    [ContractFact]
    public async Task FindMetric_KnowsKindUnitSeriesAndLastSeen()
    {
        SeriesDefinition a = Series("latency", MetricKind.Distribution, ("host", "a")) with { Unit = "ms", LastSeenMs = T0 + Hour };
        SeriesDefinition b = Series("latency", MetricKind.Distribution, ("host", "b")) with { Unit = "ms", LastSeenMs = T0 + 123 };
        await AppendAsync(Of([a, b], [Row(0, T0, 1), Row(1, T0, 1)]));
        await AppendAsync(Of([b], [Row(0, T0 + Minute, 1)]));
        var expected = new StoredMetric("latency", MetricKind.Distribution, "ms", 2, T0 + Hour);
        Assert.Equal(expected, await Rollups.FindMetricAsync("latency", None));
        Assert.Equal(expected, Assert.Single(await Rollups.ListMetricsAsync("", "", 10, None)));
        Assert.Null(await Rollups.FindMetricAsync("Latency", None));
        Assert.Null(await Rollups.FindMetricAsync("", None));
    }

    [ContractFact]
    public async Task ListSeries_InCanonicalOrder_WithLimit()
    {
        SeriesDefinition[] series = [.. Enumerable.Range(0, 20).Select(i => Series("m", MetricKind.Gauge, ("host", $"h{(i * 7) % 20}")))];
        await AppendAsync(Of(series, [.. Enumerable.Range(0, 20).Select(i => Row(i, T0, i))]));
        IReadOnlyList<SeriesDefinition> all = await Rollups.ListSeriesAsync("m", 100, None);
        Assert.Equal(series.OrderBy(s => s.Tags.Canonical.ToArray(), Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y))), all);
        Assert.Equal(all.Take(3), await Rollups.ListSeriesAsync("m", 3, None));
        Assert.Empty(await Rollups.ListSeriesAsync("unknown", 3, None));
    }

    [ContractFact]
    public async Task Status_CountsRows()
    {
        SeriesDefinition a = Series("m", MetricKind.Gauge);
        await AppendAsync(Of([a], [Row(0, T0, 1), Row(0, T0 + Minute, 1)]));
        await Raw.AppendRawAsync([new RawBlock(a, [T0], [1], null)], Cursor("*", 1, stream: FlushStream.Raw), None);
        StoreStatus status = await Rollups.StatusAsync(None);
        Assert.Equal((2, 1, 1, T0), (status.Rollups1m, status.RawBlocks, status.SeriesCount, status.OldestMs));
        Assert.True(status.SizeBytes > 0);
        Assert.NotEmpty(status.Description);
    }

    [ContractFact]
    public async Task Status_Empty_HasNoOldest()
    {
        StoreStatus status = await Rollups.StatusAsync(None);
        Assert.Equal((0, 0, 0, null), (status.Rollups1m, status.RawBlocks, status.SeriesCount, status.OldestMs));
    }
}
