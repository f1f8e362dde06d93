using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>What a newcomer meets: a node with an empty folder.</summary>
public sealed class FirstMetricTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [BrowserFact]
    public async Task FirstStart_CopiedLine_SendsTheFirstMetricAndThePanelGoes()
    {
        await using PageUnderTest page = await browser.OpenAsync("/");
        await Expect(page["first-metric"]).ToBeVisibleAsync();
        await Expect(page["first-metric"]).ToContainTextAsync($"nc -u -w1 127.0.0.1 {browser.Node.UdpPort}");
        ILocator copy = page["first-metric"].GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Copy the JSON over HTTP line" });
        await copy.ClickAsync();
        await Expect(copy).ToHaveTextAsync("Copied");
        await Shell.RunAsync(await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await Expect(page["first-metric"]).ToHaveCountAsync(0);
        await Expect(page["metric-row"].First).ToHaveAttributeAsync("data-metric", "shop.temperature");
        page.AssertClean();
    }

    [BrowserFact]
    public void FirstStart_EmptyFolder_StartsWithoutAWarningAndKeepsItsKeysWithTheData()
    {
        Assert.DoesNotContain("warn:", browser.Node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", browser.Node.Output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(browser.Node.DataPath, "keys")));
    }
}
