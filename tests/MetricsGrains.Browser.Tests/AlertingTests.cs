using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>The pages of alerting one by one.</summary>
public sealed class AlertingTests(AlertingFixture browser) : AlertingSteps(browser), IClassFixture<AlertingFixture>
{
    [BrowserFact]
    public async Task Threshold_DraggedAndByKeyboard_MovesTheRuleAndItsPreview()
    {
        await SendHistoryAsync("drag.load");
        await using PageUnderTest page = await Browser.OpenAsync("/alerts/rules/new");
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
        await using PageUnderTest ann = await Browser.OpenAsync("/alerts/rules/new");
        await DraftAsync(ann, "Edited by two", "two.load", groups: false);
        await ann["rule-threshold"].FillAsync("5");
        await ann["rule-save"].ClickAsync();
        await ann.Page.WaitForURLAsync(RuleAddress());
        await using PageUnderTest ben = await Browser.OpenAsync(new Uri(ann.Page.Url).PathAndQuery);
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
        await using PageUnderTest page = await Browser.OpenAsync("/alerts/rules/new");
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
        await using PageUnderTest page = await Browser.OpenAsync("/alerts/channels/new");
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
}
