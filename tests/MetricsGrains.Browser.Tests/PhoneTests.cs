using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

public sealed class PhoneTests(DemoFixture browser) : IClassFixture<DemoFixture>
{
    private const string Explore = "/explore?metric=shop.latency&by=region,service&stat=p99&range=1h";

    public static TheoryData<int, ColorScheme> Phones => new() { { 390, ColorScheme.Dark }, { 390, ColorScheme.Light }, { 360, ColorScheme.Dark }, { 360, ColorScheme.Light } };

    [BrowserTheory]
    [MemberData(nameof(Phones))]
    public async Task Overview_AtPhoneWidth_DoesNotScrollSideways(int width, ColorScheme theme)
    {
        await using PageUnderTest page = await browser.OpenAsync("/", width, 844, theme);
        await Expect(page["metric-row"].First).ToHaveAttributeAsync("data-metric", "shop.active_users");
        Assert.False(await page.ScrollsSidewaysAsync());
        page.AssertClean();
    }

    [BrowserTheory]
    [MemberData(nameof(Phones))]
    public async Task Explore_AtPhoneWidth_DoesNotScrollSidewaysAndShowsTheChartFirst(int width, ColorScheme theme)
    {
        await using PageUnderTest page = await browser.OpenAsync(Explore, width, 844, theme);
        await page.ChartAsync("chart.series === '12'");
        Assert.False(await page.ScrollsSidewaysAsync());
        LocatorBoundingBoxResult? canvas = await page["chart-canvas"].BoundingBoxAsync();
        Assert.InRange(canvas!.Y + canvas.Height, 0, 844);

        await Expect(page["group-key"]).ToBeHiddenAsync();
        await page["more-controls"].ClickAsync();
        await Expect(page["group-key"]).ToBeVisibleAsync();
        await page["range-custom"].ClickAsync();
        await Expect(page["range-form"]).ToBeVisibleAsync();
        Assert.False(await page.ScrollsSidewaysAsync());
        await page["view-table"].ClickAsync();
        await page.ChartAsync("chart.view === 'table'");
        Assert.False(await page.ScrollsSidewaysAsync());
        page.AssertClean();
    }
}
