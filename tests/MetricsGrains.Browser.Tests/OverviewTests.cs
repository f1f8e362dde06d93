using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

public sealed class OverviewTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly string[] s_tiles = ["received", "accepted", "rejected", "series", "memory", "cpu", "lag", "queue", "flush", "http"];

    [BrowserFact]
    public async Task Overview_NodeTakingPackets_ShowsEveryTileAndMoves()
    {
        await using PageUnderTest page = await browser.OpenAsync("/");
        foreach (string tile in s_tiles)
        {
            await Expect(page[$"tile-{tile}-value"]).Not.ToBeEmptyAsync();
        }
        await Expect(page["node-status"]).ToContainTextAsync(browser.Node.DataPath);
        string before = await page["tile-received-value"].InnerTextAsync();
        await Poll.UntilAsync(async () =>
        {
            browser.Node.SendUdp("overview.moves:1|c\noverview.moves:1|c");
            return await page["tile-received-value"].InnerTextAsync() is var now && now != before && now != "0/s";
        }, "the tile of points received to move");
        await page.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=tile-received] [data-testid=sparkline]').dataset.points > 0");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Search_MetricSentByUdp_NarrowsTheListToItAndLeadsToItsChart()
    {
        await browser.Node.SendUdpAndAwaitAsync("overview.search.me:42|g|#host:a", "overview.search.me");
        await using PageUnderTest page = await browser.OpenAsync("/");
        await Expect(page["metric-row"].Nth(1)).ToBeVisibleAsync();
        await page["metric-search"].FillAsync("search.m");
        await Expect(page["metric-row"]).ToHaveCountAsync(1);
        await Expect(page["metric-row"]).ToHaveAttributeAsync("data-metric", "overview.search.me");
        await page["metric-link"].ClickAsync();
        await page.ChartAsync("chart.lastValue === '42'");
        await Expect(page["metric-picker"]).ToHaveValueAsync("overview.search.me");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Search_NothingMatches_SaysSo()
    {
        await using PageUnderTest page = await browser.OpenAsync("/");
        await page["metric-search"].FillAsync("no such metric");
        await Expect(page["metric-none"]).ToContainTextAsync("no such metric");
        await page["metric-search"].FillAsync("");
        await Expect(page["metric-row"].First).ToBeVisibleAsync();
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Pager_MoreMetricsThanAPage_GoesForwardAndBack()
    {
        browser.Node.SendUdp(string.Join('\n', Enumerable.Range(10, 30).Select(i => $"overview.page.m{i}:1|g")));
        await browser.Node.SendUdpAndAwaitAsync("overview.page.m39:1|g", "overview.page.m39");
        await using PageUnderTest page = await browser.OpenAsync("/");
        await page["metric-search"].FillAsync("overview.page.");
        await Expect(page["metric-row"].First).ToHaveAttributeAsync("data-metric", "overview.page.m10");
        await Expect(page["metric-row"]).ToHaveCountAsync(20);
        await page["metric-next"].ClickAsync();
        await Expect(page["metric-row"]).ToHaveCountAsync(10);
        await Expect(page["metric-row"].Last).ToHaveAttributeAsync("data-metric", "overview.page.m39");
        await page["metric-previous"].ClickAsync();
        await Expect(page["metric-row"].First).ToHaveAttributeAsync("data-metric", "overview.page.m10");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task ThemeToggle_ReloadAndOtherPage_KeepTheChoice()
    {
        await using PageUnderTest page = await browser.OpenAsync("/", theme: ColorScheme.Dark);
        ILocator root = page.Page.Locator("html");
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await page["theme-toggle"].ClickAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(244, 246, 248)");
        await page.GoAsync("/");
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await page["nav-explore"].ClickAsync();
        await Expect(page["explore-empty"]).ToBeVisibleAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await page["theme-toggle"].ClickAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        page.AssertClean();
    }
}
