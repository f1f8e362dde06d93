using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>Errors on the console are expected here: the server is gone.</summary>
public sealed class ServerLossTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [BrowserFact]
    public async Task Explore_NodeKilledAndStartedAgain_SaysSoComesBackByItselfAndHasWhatWasSentBefore()
    {
        NodeProcess node = browser.Node;
        using var body = new StringContent("""{"name":"loss.orders","type":"counter","value":4321}""");
        (await node.Http.PostAsync("api/v1/points", body)).EnsureSuccessStatusCode();
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=loss.orders&stat=increase&range=1h");
        await page.ChartAsync("chart.lastValue === '4321'");
        await Expect(page["reconnect"]).ToBeHiddenAsync();

        node.Kill();
        await Expect(page["reconnect"]).ToBeVisibleAsync();
        await Expect(page["reconnect"]).ToContainTextAsync("Connection lost");

        await node.RestartAsync();
        await Expect(page["reconnect"]).ToBeHiddenAsync();
        await page.ConnectedAsync();
        await page.ChartAsync("chart.lastValue === '4321' && chart.points === '1'");
        await Poll.UntilAsync(async () =>
        {
            node.SendUdp("loss.orders:5|c");
            return await page.ChartNumberAsync("lastValue") != 4321 || await page.ChartNumberAsync("points") > 1;
        }, "the chart to move again");
    }
}
