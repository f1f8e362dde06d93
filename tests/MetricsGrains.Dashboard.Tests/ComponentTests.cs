using MetricsGrains.Core.Model;
using MetricsGrains.Dashboard.Assets;
using MetricsGrains.Dashboard.Components.Explore;
using MetricsGrains.Dashboard.Components.Overview;
using MetricsGrains.Dashboard.Overview;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Dashboard.Tests;

public class ComponentTests
{
    [Fact]
    public async Task FreshnessBadge_Stale_SaysHowOld()
    {
        string html = await RenderAsync<FreshnessBadge>(new() { ["Meta"] = new QueryMeta(95_000, 30_000, true, AnswerSource.MemoryAndStore, 0) });
        Assert.Contains("stale: 1 min old", html, StringComparison.Ordinal);
        Assert.Contains("memory &#x2B; store", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatisticPicker_Gauge_OffersNoPercentile()
    {
        string html = await RenderAsync<StatisticPicker>(new() { ["Kind"] = MetricKind.Gauge, ["Current"] = new Statistic(StatisticKind.Avg) });
        Assert.DoesNotContain("p99", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-testid=\"percentile\"", html, StringComparison.Ordinal);
        Assert.Contains("<option value=\"avg\" selected", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatisticPicker_FreePercentile_IsAmongTheChoices()
    {
        string html = await RenderAsync<StatisticPicker>(new() { ["Kind"] = MetricKind.Distribution, ["Current"] = new Statistic(StatisticKind.Percentile, 0.9995) });
        Assert.Contains("<option value=\"p99.95\" selected", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tile_NothingKnown_IsADashWithItsTestIds()
    {
        string html = await RenderAsync<Tile>(new() { ["Model"] = new TileModel(new FakeQueries(), TileSpec.All[0]) });
        Assert.Contains("data-testid=\"tile-received-value\">&#x2013;", html, StringComparison.Ordinal);
        Assert.Contains("href=\"explore?metric=metricsgrains.ingest.received", html, StringComparison.Ordinal);
    }

    [Fact]
    public void FirstMetricLines_Listeners_OneLineEach()
    {
        var lines = FirstMetricLines.For([new("statsd", "udp", 8125), new("statsd", "tcp", 8126), new("otlp", "grpc", 4317)], new Uri("http://box:8080/"));
        Assert.Equal(3, lines.Count);
        Assert.Contains("nc -u -w1 box 8125", lines[0].Value, StringComparison.Ordinal);
        Assert.Contains("nc -w1 box 8126", lines[1].Value, StringComparison.Ordinal);
        Assert.Contains("http://box:8080/api/v1/points -d '[{\"name\"", lines[2].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blazor.web.js")]
    [InlineData("uplot/uPlot.esm.js")]
    [InlineData("uplot/uPlot.min.css")]
    [InlineData("radzen/Radzen.Blazor.min.js")]
    [InlineData("radzen/css/standard-base.css")]
    [InlineData("radzen/css/standard-dark-base.css")]
    [InlineData("radzen/fonts/InterVariable.woff2")]
    [InlineData("app/board.js")]
    [InlineData("app/page.js")]
    [InlineData("app/shell.css")]
    public void AssetCatalog_EveryAssetOfAPage_IsEmbedded(string path) => Assert.NotEmpty(AssetCatalog.Find(path)!.Bytes);

    [Fact]
    public void AssetCatalog_UnknownPath_IsNull() => Assert.Null(AssetCatalog.Find("../appsettings.json"));

    private static async Task<string> RenderAsync<T>(Dictionary<string, object?> parameters)
        where T : IComponent
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddMetricsGrainsDashboard();
        builder.Services.AddSingleton<IMetricQueries>(new FakeQueries());
        await using WebApplication host = builder.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, host.Services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }
}
