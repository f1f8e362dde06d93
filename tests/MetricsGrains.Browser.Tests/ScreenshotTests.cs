using Microsoft.Playwright;

namespace MetricsGrains.Browser.Tests;

public sealed class ScreenshotTests(DemoFixture browser) : IClassFixture<DemoFixture>
{
    // Long enough for the node's own tiles to have lines; the shop's hour is there from the start.
    private const float TilesMs = 240_000;

    [ScreenshotFact]
    public async Task Demo_Overview_MakesThePicture()
    {
        await using PageUnderTest page = await browser.OpenAsync("/", 1440, 900);
        await page.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=tile-cpu] [data-testid=sparkline]')?.dataset.points >= 15", null, new PageWaitForFunctionOptions { Timeout = TilesMs });
        await ShootAsync(page, "overview.png");
    }

    [ScreenshotFact]
    public async Task Demo_Explore_MakesThePicture()
    {
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=shop.latency&by=service&stat=p99&range=1h", 1440, 900);
        await page.ChartAsync("chart.series === '4' && chart.points > 1400");
        await ShootAsync(page, "explore.png");
    }

    private static async Task ShootAsync(PageUnderTest page, string name)
    {
        page.AssertClean();
        await page.Page.EvaluateAsync("() => document.fonts.ready");
        await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(ScreenshotFactAttribute.Folder!, name) });
    }
}
