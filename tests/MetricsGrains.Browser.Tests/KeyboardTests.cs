using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

public sealed class KeyboardTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private const int EnoughTabs = 30;

    [BrowserFact]
    public async Task Tab_OnTheOverview_ReachesSkipLinkPagesSearchAndFirstRowInOrder()
    {
        await browser.Node.SendUdpAndAwaitAsync("a.first:1|g", "a.first");
        await using PageUnderTest page = await browser.OpenAsync("/");
        await Expect(page["metric-row"].First).ToHaveAttributeAsync("data-metric", "a.first");
        List<string> stops = await TabAsync(page, "metric-link");
        string[] expected = ["mg-skip", "mg-brand", "nav-overview", "nav-explore", "theme-toggle", "tile-received", "metric-search", "metric-link"];
        Assert.Equal(expected, stops.Where(expected.Contains));
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ChartAsync("chart.lastValue === '1'");
        await page.Page.WaitForFunctionAsync("() => document.activeElement.tagName === 'H1'");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task SkipLink_Entered_GoesToTheContent()
    {
        await using PageUnderTest page = await browser.OpenAsync("/explore");
        Assert.Single(await TabAsync(page, "mg-skip"));
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.WaitForFunctionAsync("() => document.activeElement.id === 'main'");
        await page.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("metric-picker", await page.FocusedAsync());
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Tab_OnExplore_ReachesEveryControlInOrder()
    {
        await browser.Node.SendUdpAndAwaitAsync("keyboard.ms:5|ms|#a:b", "keyboard.ms");
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=keyboard.ms");
        await page.ChartAsync("chart.points > 0");
        List<string> stops = await TabAsync(page, "copy-curl");
        string[] expected = ["metric-picker", "statistic", "percentile", "filter-key", "filter-match", "filter-value", "group-key", "range-5m", "range-custom", "resolution", "live", "view-chart", "view-table", "legend-row", "copy-link", "copy-curl"];
        Assert.Equal(expected, stops.Where(expected.Contains).Distinct());
        page.AssertClean();
    }

    /// <summary>Presses Tab from the top of the page until <paramref name="last"/> has the focus.</summary>
    private static async Task<List<string>> TabAsync(PageUnderTest page, string last)
    {
        var stops = new List<string>();
        while (stops.LastOrDefault() != last)
        {
            Assert.True(stops.Count < 2 * EnoughTabs, $"{last} not reached: {string.Join(", ", stops)}");
            await page.Page.Keyboard.PressAsync("Tab");
            stops.Add(await page.FocusedAsync());
        }
        return stops;
    }
}
