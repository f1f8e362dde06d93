using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>The pages of a node that takes nothing in.</summary>
public sealed class ReadOnlyTests(ReadOnlyFixture browser) : IClassFixture<ReadOnlyFixture>
{
    // The writer's own figures are in the store when the minute in which it started is over.
    private const float MinuteMs = 120_000;

    [BrowserFact]
    public async Task Overview_SaysItIsReadOnlyAndShowsWhatIsInTheStore()
    {
        await using PageUnderTest page = await browser.OpenAsync("/", 1440, 900);
        await Expect(page["read-only"]).ToContainTextAsync("takes nothing in");
        await Expect(page["first-metric"]).ToHaveCountAsync(0);
        await Expect(page["node-status"]).ToContainTextAsync($"http {browser.Node.HttpPort}");
        await Expect(page["node-status"]).Not.ToContainTextAsync("statsd");
        await Expect(page["node-status"]).ToContainTextAsync("read-only");
        await page.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('[data-metric^=\"shop.\"] [data-testid=sparkline]')].filter(line => line.dataset.points >= 28).length === 7");
        var patience = new LocatorAssertionsToHaveTextOptions { Timeout = MinuteMs };
        await Expect(page["tile-accepted-value"]).Not.ToHaveTextAsync("0/s", patience);
        // Not those that say what never happened here: nothing was refused.
        foreach (string tile in (string[])["series", "memory", "cpu", "lag", "queue", "flush"])
        {
            await Expect(page[$"tile-{tile}-value"]).Not.ToHaveTextAsync("–", patience);
        }
        page.AssertClean();
        await Screenshots.TakeAsync(page, "read-only.png");
    }

    [BrowserFact]
    public async Task Explore_RequestsOfTheShop_IsOfMinutesFromTheStoreAndMovesOn()
    {
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=shop.requests&by=region&stat=rate&range=1h", 1440, 900);
        await page.ChartAsync("chart.series === '3' && chart.points > 3 * 50");
        await Expect(page["source"]).ToHaveTextAsync("store");
        await Expect(page["resolution"].Locator("option[value=auto]")).ToHaveTextAsync("auto (1m)");
        string? before = await page["chart"].GetAttributeAsync("data-last-value");
        await page.ChartAsync($"chart.lastValue !== '{before}'", MinuteMs);
        page.AssertClean();
        await Screenshots.TakeAsync(page, "read-only-explore.png");
    }
}
