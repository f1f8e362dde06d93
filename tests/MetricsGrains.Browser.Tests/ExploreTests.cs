using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

public sealed partial class ExploreTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private const string Metric = "explore.latency";

    [BrowserFact]
    public async Task Controls_ByKeyboardAlone_AskTheQuestionAndItsAddressShowsTheSame()
    {
        await SendLatenciesAsync();
        await using PageUnderTest page = await browser.OpenAsync("/explore");
        await TakeAsync(page, "metric-picker", "explore.lat");
        await page.ChartAsync("chart.series === '1'");
        await page["statistic"].FocusAsync();
        await page.Page.Keyboard.TypeAsync("p50");
        await Expect(page["statistic"]).ToHaveValueAsync("p50");
        await TakeAsync(page, "group-key", "reg");
        await Expect(page["group-chip"]).ToContainTextAsync("region");
        await page.ChartAsync("chart.series === '2'");
        await TakeAsync(page, "filter-key", "serv");
        await page.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("filter-match", await page.FocusedAsync());
        await page.Page.Keyboard.PressAsync("Tab");
        await TakeAsync(page, "filter-value", "chec");
        await Expect(page["filter-chip"]).ToContainTextAsync("service = checkout");
        await page.ChartAsync("chart.series === '1'");
        await Expect(page["legend-row"]).ToHaveAttributeAsync("data-label", "region:eu");
        await page["range-1h"].FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page["range-1h"]).ToHaveAttributeAsync("aria-pressed", "true");

        await using PageUnderTest other = await browser.OpenAsync(new Uri(page.Page.Url).PathAndQuery);
        await other.ChartAsync("chart.series === '1'");
        await Expect(other["metric-picker"]).ToHaveValueAsync(Metric);
        await Expect(other["statistic"]).ToHaveValueAsync("p50");
        await Expect(other["group-chip"]).ToContainTextAsync("region");
        await Expect(other["filter-chip"]).ToContainTextAsync("service = checkout");
        await Expect(other["range-1h"]).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(await page.ChartNumberAsync("lastValue"), await other.ChartNumberAsync("lastValue"));

        // And a chip is taken away again.
        await page["filter-chip"].GetByRole(AriaRole.Button).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ChartAsync("chart.series === '2'");
        await Expect(page["filter-chip"]).ToHaveCountAsync(0);
        page.AssertClean();
        other.AssertClean();
    }

    [BrowserFact]
    public async Task UnknownMetric_IsNamedInlineAndShownOnceItComes()
    {
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=explore.to.come&stat=last");
        await Expect(page["error-metric"]).ToContainTextAsync("explore.to.come");
        await Expect(page["metric-picker"]).ToHaveAttributeAsync("aria-invalid", "true");
        await browser.Node.SendUdpAndAwaitAsync("explore.to.come:7|g", "explore.to.come");
        await page.ChartAsync("chart.lastValue === '7'");
        await Expect(page["error-metric"]).ToHaveCountAsync(0);
        page.AssertClean();
    }

    [BrowserTheory]
    [InlineData("range=yesterday", "error-range")]
    [InlineData("res=7s", "error-resolution")]
    [InlineData("stat=p200", "error-statistic")]
    [InlineData("stat=uniq", "error-statistic")]
    [InlineData("filter=nocolon", "error-filter")]
    public async Task BadParameter_InTheAddress_IsSaidAtItsControl(string parameter, string error)
    {
        await SendLatenciesAsync();
        await using PageUnderTest page = await browser.OpenAsync($"/explore?metric={Metric}&{parameter}");
        await Expect(page[error]).ToBeVisibleAsync();
        page.AssertClean();
    }

    [BrowserFact]
    public async Task CustomRange_Entered_IsFixedAndInTheAddress()
    {
        await SendLatenciesAsync();
        await using PageUnderTest page = await browser.OpenAsync($"/explore?metric={Metric}");
        await page["range-custom"].ClickAsync();
        await Expect(page["range-from"]).ToHaveValueAsync(LocalTime());
        await page["range-from"].FillAsync("2026-01-05T10:00:01");
        await page["range-to"].FillAsync("2026-01-05T09:00:01");
        await page["range-apply"].ClickAsync();
        await Expect(page["error-range"]).ToBeVisibleAsync();
        await page["range-to"].FillAsync("2026-01-05T12:30:01");
        await page["range-apply"].ClickAsync();
        await Expect(page["chart-none"]).ToBeVisibleAsync();
        await Expect(page["error-range"]).ToHaveCountAsync(0);
        await Expect(page["live"]).ToBeDisabledAsync();
        Assert.Contains("from=2026-01-05T10:00:01Z&to=2026-01-05T12:30:01Z", page.Page.Url, StringComparison.Ordinal);
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Table_OfTheSameAnswer_HasTheChartsSeriesAndValues()
    {
        await SendLatenciesAsync();
        await using PageUnderTest page = await browser.OpenAsync($"/explore?metric={Metric}&by=region&stat=max&range=5m");
        await page.ChartAsync("chart.series === '2'");
        await page["view-table"].ClickAsync();
        await page.ChartAsync("chart.view === 'table'");
        await Expect(page["chart-table"].Locator("thead th")).ToHaveTextAsync(["Time", "region:eu", "region:us"]);
        await Expect(page["chart-table"]).ToContainTextAsync("120 ms");
        await Expect(page["legend-row"]).ToHaveCountAsync(2);
        await page["view-chart"].ClickAsync();
        await page.ChartAsync("chart.view === 'chart'");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task CopiedCurl_TagsWithSpecialCharacters_AnswersWhatTheChartShows()
    {
        const string Point = """[{"name":"explore.odd","value":5,"tags":{"k":"a&b=c'd%20,e;$(f)","path":"/a/*/ü b"}},{"name":"explore.odd","value":9,"tags":{"k":"other","path":"/x"}}]""";
        using var body = new StringContent(Point);
        (await browser.Node.Http.PostAsync("api/v1/points", body)).EnsureSuccessStatusCode();
        string[] filters = ["k:a&b=c'd%20,e;$(f)", "!k:other", "path:/a/*b"];
        foreach (string filter in filters)
        {
            await using PageUnderTest page = await browser.OpenAsync($"/explore?metric=explore.odd&stat=last&range=15m&by=path&filter={Uri.EscapeDataString(filter)}");
            await page.ChartAsync("chart.lastValue === '5' && chart.series === '1'");
            await page["copy-curl"].ClickAsync();
            await Expect(page["copy-curl"]).ToHaveTextAsync("Copied");
            string line = await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
            Assert.Equal(await page["curl"].InnerTextAsync(), line);
            using JsonDocument answer = JsonDocument.Parse(await Shell.RunAsync(line));
            Assert.True(answer.RootElement.ToString().Contains("\"value\":5", StringComparison.Ordinal), $"{filter}: {line}\n{answer.RootElement}");
            page.AssertClean();
        }
    }

    private Task SendLatenciesAsync() => browser.Node.SendUdpAndAwaitAsync($"{Metric}:120|ms|#region:eu,service:checkout\n{Metric}:80|ms|#region:us,service:web\n{Metric}:60|ms|#region:eu,service:web", Metric);

    /// <summary>Types into a field with completion, goes to the first option and takes it.</summary>
    private static async Task TakeAsync(PageUnderTest page, string field, string typed)
    {
        await page[field].FocusAsync();
        await page.Page.Keyboard.TypeAsync(typed);
        await Expect(page[field + "-options"].GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(page[field]).ToHaveAttributeAsync("aria-activedescendant", FirstOption());
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page[field + "-options"]).ToHaveCountAsync(0);
    }

    [GeneratedRegex("^\\d{4}-\\d\\d-\\d\\dT")]
    private static partial Regex LocalTime();

    [GeneratedRegex("-0$")]
    private static partial Regex FirstOption();
}
