using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>What a newcomer sees who starts it with --demo.</summary>
public sealed class DemoTests(DemoFixture browser) : IClassFixture<DemoFixture>
{
    private static readonly string[] s_shop = ["shop.active_users", "shop.errors", "shop.latency", "shop.orders", "shop.queue.depth", "shop.requests", "shop.revenue"];

    // Long enough for the node's own tiles to have lines; the shop's hour is there from the start.
    private const float TilesMs = 240_000;

    [BrowserFact]
    public async Task Overview_OfTheDemo_ListsTheShopFirstWithItsLastHalfHour()
    {
        await using PageUnderTest page = await browser.OpenAsync("/", 1440, 900);
        for (int i = 0; i < s_shop.Length; i++)
        {
            await Expect(page["metric-row"].Nth(i)).ToHaveAttributeAsync("data-metric", s_shop[i]);
        }
        await page.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('[data-metric^=\"shop.\"] [data-testid=sparkline]')].filter(line => line.dataset.points >= 29).length === 7");
        await Expect(page["first-metric"]).ToHaveCountAsync(0);
        // The shop sends some 40 points a second.
        await Expect(page["tile-accepted-value"]).Not.ToHaveTextAsync("0/s");
        if (Screenshots.AreWanted)
        {
            await page.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=tile-cpu] [data-testid=sparkline]')?.dataset.points >= 15", null, new PageWaitForFunctionOptions { Timeout = TilesMs });
        }
        page.AssertClean();
        await Screenshots.TakeAsync(page, "overview.png");
    }

    [BrowserFact]
    public async Task Explore_LatencyOfTheDemoByService_IsFourLinesOfAnHourWithinAFactor()
    {
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=shop.latency&by=service&stat=p99&range=1h", 1440, 900);
        await page.ChartAsync("chart.series === '4' && chart.points > 1400");
        await Expect(page["legend-row"]).ToHaveCountAsync(4);
        Assert.Equal(
            ["service:checkout", "service:payments", "service:search", "service:web"],
            await page.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('[data-testid=legend-row]')].map(row => row.dataset.label).sort()"));
        await Expect(page["freshness"]).ToHaveAttributeAsync("data-stale", "false");
        await Expect(page["source"]).ToHaveTextAsync("memory");
        page.AssertClean();
        await Screenshots.TakeAsync(page, "explore.png");
    }
}
