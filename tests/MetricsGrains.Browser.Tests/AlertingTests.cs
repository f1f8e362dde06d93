using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>Alerting as people use it: from an empty node to a message in Slack and back.</summary>
public sealed partial class AlertingTests(AlertingFixture browser) : IClassFixture<AlertingFixture>
{
    private const int HistoryMinutes = 30;

    [BrowserFact]
    public async Task RuleFromTheEditor_FiresIntoSlackIsSilencedAndResolves()
    {
        using var slack = new SlackReceiver();
        await SendHistoryAsync("desk.load");
        await using PageUnderTest page = await browser.OpenAsync("/alerts");
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
        Assert.DoesNotContain("hush", browser.Node.Output, StringComparison.Ordinal);
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Threshold_DraggedAndByKeyboard_MovesTheRuleAndItsPreview()
    {
        await SendHistoryAsync("drag.load");
        await using PageUnderTest page = await browser.OpenAsync("/alerts/rules/new");
        await DraftAsync(page, "Dragged", "drag.load");
        await page["rule-threshold"].FillAsync("90");
        await Expect(page["preview-summary"]).ToHaveAttributeAsync("data-firings", "1");

        ILocator line = page["threshold"];
        await Expect(line).ToHaveAttributeAsync("aria-valuetext", "90");
        await line.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(page["rule-threshold"]).Not.ToHaveValueAsync("90");
        double lower = await NumberAsync(page);
        Assert.InRange(lower, 85, 89.99);

        LocatorBoundingBoxResult box = (await line.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2 + 60, new MouseMoveOptions { Steps = 8 });
        await page.Page.Mouse.UpAsync();
        await Poll.UntilAsync(async () => await NumberAsync(page) < lower - 5, "the threshold to follow the mouse");
        await Expect(page["rule-sentence"]).ToContainTextAsync("> " + await page["rule-threshold"].InputValueAsync());
        page.AssertClean();
    }

    [BrowserFact]
    public async Task SameRule_EditedByTwo_TheSecondIsToldAndChooses()
    {
        await using PageUnderTest ann = await browser.OpenAsync("/alerts/rules/new");
        await DraftAsync(ann, "Edited by two", "two.load", groups: false);
        await ann["rule-threshold"].FillAsync("5");
        await ann["rule-save"].ClickAsync();
        await ann.Page.WaitForURLAsync(RuleAddress());
        await using PageUnderTest ben = await browser.OpenAsync(new Uri(ann.Page.Url).PathAndQuery);
        await ben["rule-by"].FillAsync("ben");
        await ben["rule-threshold"].FillAsync("6");
        await ben["rule-save"].ClickAsync();
        await Expect(ben["rule-said"]).ToHaveTextAsync("Saved");

        await ann["rule-threshold"].FillAsync("7");
        await ann["rule-save"].ClickAsync();
        await Expect(ann["conflict"]).ToContainTextAsync("ben");
        await Expect(ann["conflict"]).ToContainTextAsync("threshold 5 6");
        await ann["conflict-reload"].ClickAsync();
        await Expect(ann["rule-threshold"]).ToHaveValueAsync("6");
        await Expect(ann["conflict"]).ToHaveCountAsync(0);
        ann.AssertClean();
        ben.AssertClean();
    }

    [BrowserFact]
    public async Task Editor_WhatIsWrong_IsMarkedAtItsFieldAndNothingIsSaved()
    {
        await using PageUnderTest page = await browser.OpenAsync("/alerts/rules/new");
        await page["rule-save"].ClickAsync();
        await Expect(page["error-name"]).ToBeVisibleAsync();
        await Expect(page["error-metric_name"]).ToBeVisibleAsync();
        await Expect(page["error-threshold"]).ToBeVisibleAsync();
        await DraftAsync(page, "Not yet", "not.there.yet", groups: false);
        await Expect(page["warning-metric_name"]).ToContainTextAsync("not.there.yet");
        await page["rule-threshold"].FillAsync("NaN");
        await Expect(page["error-threshold"]).ToContainTextAsync("number");
        await page["rule-window"].FillAsync("365d");
        await Expect(page["error-window_minutes"]).ToBeVisibleAsync();
        await page["rule-message"].FillAsync("{{valu}}");
        await Expect(page["error-message"]).ToContainTextAsync("valu");
        await page["rule-save"].ClickAsync();
        await Expect(page["rule-said"]).ToContainTextAsync("Not saved");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Channel_ReceiverThatRefuses_ShowsItsAnswerAndTheSecretNever()
    {
        using var slack = new SlackReceiver { Status = 404 };
        await using PageUnderTest page = await browser.OpenAsync("/alerts/channels/new");
        await page["channel-name"].FillAsync("refused");
        await page["channel-webhook_url"].FillAsync(slack.WebhookUrl);
        await page["channel-save"].ClickAsync();
        await page.Page.WaitForURLAsync(ChannelAddress());
        await page["send-test"].ClickAsync();
        await Expect(page["test-outcome"]).ToContainTextAsync("404");
        await page.GoAsync(new Uri(page.Page.Url).PathAndQuery);
        await Expect(page["channel-webhook_url"]).ToHaveAttributeAsync("placeholder", "set; leave empty to keep");
        await Expect(page["channel-webhook_url"]).ToHaveValueAsync("");
        Assert.DoesNotContain("hush", await page.Page.ContentAsync(), StringComparison.Ordinal);
        page.AssertClean();
    }

    /// <summary>One value a minute; the fifteenth to the tenth last are 95, the others 50.</summary>
    private async Task SendHistoryAsync(string metric)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string lines = string.Join('\n', Enumerable.Range(1, HistoryMinutes).Select(back => string.Create(CultureInfo.InvariantCulture, $"{metric}:{(back is > 10 and <= 15 ? 95 : 50)}|g|#host:a|T{now - back * 60}")));
        await browser.Node.SendUdpAndAwaitAsync(lines, metric);
    }

    private static async Task MakeChannelAsync(PageUnderTest page, string name, SlackReceiver slack)
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
    private static async Task DraftAsync(PageUnderTest page, string name, string metric, bool groups = true)
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

    private Task FireAsync(PageUnderTest page, string packet, string section) => Poll.UntilAsync(async () =>
    {
        browser.Node.SendUdp(packet);
        return await page[section].CountAsync() > 0;
    }, $"{section} after {packet}");

    private static async Task<double> NumberAsync(PageUnderTest page) => double.Parse(await page["rule-threshold"].InputValueAsync(), CultureInfo.InvariantCulture);

    [GeneratedRegex("/alerts/rules/[0-9a-f-]{36}$")]
    private static partial Regex RuleAddress();

    [GeneratedRegex("/alerts/channels/[0-9a-f-]{36}$")]
    private static partial Regex ChannelAddress();
}
