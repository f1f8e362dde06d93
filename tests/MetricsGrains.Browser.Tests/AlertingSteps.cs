using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>What the tests of alerting do on its pages.</summary>
public abstract partial class AlertingSteps(AlertingFixture browser)
{
    private const int HistoryMinutes = 30;

    protected AlertingFixture Browser => browser;

    /// <summary>One value a minute; the fifteenth to the tenth last are 95, the others 50.</summary>
    protected async Task SendHistoryAsync(string metric)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string lines = string.Join('\n', Enumerable.Range(1, HistoryMinutes).Select(back => string.Create(CultureInfo.InvariantCulture, $"{metric}:{(back is > 10 and <= 15 ? 95 : 50)}|g|#host:a|T{now - back * 60}")));
        await Browser.Node.SendUdpAndAwaitAsync(lines, metric);
    }

    private protected static async Task MakeChannelAsync(PageUnderTest page, string name, SlackReceiver slack)
    {
        await page["tab-channels"].ClickAsync();
        await page["new-channel"].ClickAsync();
        await page["channel-name"].FillAsync(name);
        await page["channel-webhook_url"].FillAsync(slack.WebhookUrl);
        await page.Page.GetByText("Grouping, pace and fallback").ClickAsync();
        await page["channel-group-wait"].FillAsync("1s");
        await page["channel-group-interval"].FillAsync("1s");
        await page["channel-by"].FillAsync("ann");
        await page["channel-save"].ClickAsync();
        await page.Page.WaitForURLAsync(ChannelAddress());
        await page["send-test"].ClickAsync();
        await Expect(page["test-outcome"]).ToContainTextAsync("Delivered");
        Assert.Single(slack.Bodies);
    }

    /// <summary>Fills in all but the threshold.</summary>
    protected static async Task DraftAsync(PageUnderTest page, string name, string metric, bool groups = true)
    {
        await page["rule-name"].FillAsync(name);
        await page["rule-metric"].FillAsync(metric);
        await page.Page.Keyboard.PressAsync("Enter");
        if (groups)
        {
            await Expect(page["statistic"]).ToHaveValueAsync("avg");
            await page["statistic"].SelectOptionAsync("last");
            await page["group-key"].FillAsync("host");
            await page.Page.Keyboard.PressAsync("Enter");
            await Expect(page["group-chip"]).ToContainTextAsync("host");
            await page.ChartAsync("chart.series === '1' && chart.points > 20");
        }
        await page["rule-window"].FillAsync("1m");
        await page["rule-message"].FillAsync("host {{tags.host}} at {{value}}");
        ILocator channel = page["rule-channel-desk"];
        if (await channel.CountAsync() > 0)
        {
            await channel.CheckAsync();
        }
    }

    protected Task FireAsync(PageUnderTest page, string packet, string section) => Poll.UntilAsync(async () =>
    {
        Browser.Node.SendUdp(packet);
        return await page[section].CountAsync() > 0;
    }, $"{section} after {packet}");

    protected static async Task<double> NumberAsync(PageUnderTest page) => double.Parse(await page["rule-threshold"].InputValueAsync(), CultureInfo.InvariantCulture);

    [GeneratedRegex("/alerts/rules/[0-9a-f-]{36}$")]
    protected static partial Regex RuleAddress();

    [GeneratedRegex("/alerts/channels/[0-9a-f-]{36}$")]
    protected static partial Regex ChannelAddress();
}
