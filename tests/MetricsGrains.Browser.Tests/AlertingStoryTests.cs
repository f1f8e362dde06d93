using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>Alerting as people use it: from an empty node to a message in Slack and back.</summary>
public sealed class AlertingStoryTests(AlertingFixture browser) : AlertingSteps(browser), IClassFixture<AlertingFixture>
{
    [BrowserFact]
    public async Task RuleFromTheEditor_FiresIntoSlackIsSilencedAndResolves()
    {
        using var slack = new SlackReceiver();
        await SendHistoryAsync("desk.load");
        await using PageUnderTest page = await Browser.OpenAsync("/alerts");
        await Expect(page["no-rules"]).ToBeVisibleAsync();
        await MakeChannelAsync(page, "desk", slack);

        await page["tab-rules"].ClickAsync();
        await page["new-rule"].First.ClickAsync();
        await DraftAsync(page, "Desk overloaded", "desk.load");
        // Five of the last thirty minutes were above: seen before anything is saved, and gone when the threshold is.
        await page["rule-threshold"].FillAsync("90");
        await Expect(page["preview-summary"]).ToHaveAttributeAsync("data-firings", "1");
        await Expect(page["preview-summary"]).ToContainTextAsync("once");
        await Expect(page["strip"]).ToHaveAttributeAsync("data-group", "host:a");
        await page["rule-threshold"].FillAsync("96");
        await Expect(page["preview-summary"]).ToHaveAttributeAsync("data-firings", "0");
        await page["rule-threshold"].FillAsync("90");
        await Expect(page["preview-summary"]).ToHaveAttributeAsync("data-pages", "1");
        await Expect(page["message-preview"]).ToContainTextAsync("host a at 95");
        await page["rule-save"].ClickAsync();
        await page.Page.WaitForURLAsync(RuleAddress());
        await Expect(page["version"]).ToHaveCountAsync(1);

        await page["nav-alerts"].ClickAsync();
        await FireAsync(page, "desk.load:95|g|#host:a", "section-firing");
        await Expect(page["alert"]).ToHaveAttributeAsync("data-tags", "host:a");
        await Expect(page["alert-value"]).ToHaveTextAsync("95");
        await Expect(page["firing-badge"]).ToContainTextAsync("1");
        await Expect(page.Page).ToHaveTitleAsync("(1) Alerts · MetricsGrains");
        await slack.FindAsync("Desk overloaded", "host a at 95");

        await page["silence"].ClickAsync();
        await Expect(page["silence-matchers"]).ToHaveValueAsync("alertname=Desk overloaded\nhost=a");
        await Expect(page["silence-match"]).ToHaveAttributeAsync("data-alerting", "1");
        await page["silence-comment"].FillAsync("moving the desk");
        await page["silence-save"].ClickAsync();
        await Expect(page["silences-active"]).ToContainTextAsync("moving the desk");
        await page["tab-alerts"].ClickAsync();
        await Expect(page["alert-silenced"]).ToContainTextAsync("ann");

        int told = slack.Bodies.Count;
        await FireAsync(page, "desk.load:10|g|#host:a", "section-resolved");
        await Expect(page["section-firing"]).ToHaveCountAsync(0);
        await Expect(page["firing-badge"]).ToHaveCountAsync(0);
        // What was told is told to be over, silence or not.
        await Poll.UntilAsync(() => Task.FromResult(slack.Bodies.Count > told), "Slack to hear of the end");

        await page["tab-history"].ClickAsync();
        await Expect(page["events"]).ToContainTextAsync("It began to fire");
        await Expect(page["events"]).ToContainTextAsync("ann made a silence");
        await page["why"].ClickAsync();
        await page["why-rule"].FillAsync("Desk overloaded");
        await page.Page.Keyboard.PressAsync("Enter");
        await page["why-ask"].ClickAsync();
        await Expect(page["why-summary"]).Not.ToBeEmptyAsync();
        Assert.DoesNotContain("hush", Browser.Node.Output, StringComparison.Ordinal);
        page.AssertClean();
    }
}
