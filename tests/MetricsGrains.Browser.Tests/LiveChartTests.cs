using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>From a packet to the eye. Each try is timed from the send; a noisy machine gets five tries.</summary>
public sealed class LiveChartTests(BrowserFixture browser, ITestOutputHelper output) : IClassFixture<BrowserFixture>
{
    private const int Tries = 5;
    private const long BucketMs = 10_000;
    private static readonly TimeSpan s_promise = TimeSpan.FromSeconds(2);

    [BrowserFact]
    public async Task LiveChart_GaugeByUdp_ShowsTheValueWithinTwoSeconds()
    {
        await browser.Node.SendUdpAndAwaitAsync("live.gauge:1|g", "live.gauge");
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=live.gauge&stat=last&range=5m&live=1");
        await page.ChartAsync("chart.points >= 1");
        await SeesInTimeAsync(page, attempt =>
        {
            string value = (1000.5 + attempt).ToString(CultureInfo.InvariantCulture);
            return ($"live.gauge:{value}|g", $"chart.lastValue === '{value}'");
        });
        page.AssertClean();
    }

    [BrowserFact]
    public async Task LiveChart_CounterInANewBucket_GainsAPointWithinTwoSeconds()
    {
        await browser.Node.SendUdpAndAwaitAsync("live.counter:1|c", "live.counter");
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=live.counter&stat=increase&range=15m&res=10s&live=1");
        await page.ChartAsync("chart.points >= 1");
        for (int attempt = 1; ; attempt++)
        {
            long bucket = NowMs() / BucketMs;
            await Poll.UntilAsync(() => Task.FromResult(NowMs() / BucketMs > bucket), "a new bucket");
            double before = await page.ChartNumberAsync("points");
            if (await TimeAsync(page, "live.counter:3|c", $"chart.points > {before.ToString(CultureInfo.InvariantCulture)}", attempt) || attempt == Tries)
            {
                break;
            }
        }
        Assert.True(_best < s_promise, $"seen after {_best.TotalMilliseconds:F0} ms at best");
        page.AssertClean();
    }

    [BrowserFact]
    public async Task LiveChart_NewSeries_GainsALineWithinTwoSeconds()
    {
        await browser.Node.SendUdpAndAwaitAsync("live.series:1|g|#host:h0", "live.series");
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=live.series&stat=last&by=host&range=5m&live=1");
        await page.ChartAsync("chart.series === '1'");
        await SeesInTimeAsync(page, attempt => ($"live.series:{attempt + 1}|g|#host:h{attempt}", $"!!document.querySelector('[data-testid=legend-row][data-label=\"host:h{attempt}\"]')"));
        page.AssertClean();
    }

    [BrowserFact]
    public async Task LiveSwitch_Off_StandsStillAndOnCatchesUp()
    {
        await browser.Node.SendUdpAndAwaitAsync("live.switch:1|g", "live.switch");
        await using PageUnderTest page = await browser.OpenAsync("/explore?metric=live.switch&stat=last&range=5m");
        await page.ChartAsync("chart.lastValue === '1'");
        await Expect(page["live"]).ToHaveAttributeAsync("aria-checked", "true");
        await page["live"].ClickAsync();
        await Expect(page["live"]).ToHaveAttributeAsync("aria-checked", "false");
        await page.ChartAsync("chart.lastValue === '1'");
        long sent = NowMs();
        browser.Node.SendUdp("live.switch:2|g");
        // Long enough for two ticks of a board that should not tick.
        await Poll.UntilAsync(() => Task.FromResult(NowMs() - sent > 2500), "two ticks");
        Assert.Equal(1, await page.ChartNumberAsync("lastValue"));
        await page["live"].ClickAsync();
        await page.ChartAsync("chart.lastValue === '2'");
        page.AssertClean();
    }

    private TimeSpan _best = TimeSpan.MaxValue;

    private async Task SeesInTimeAsync(PageUnderTest page, Func<int, (string Packet, string Sight)> attemptOf)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            (string packet, string sight) = attemptOf(attempt);
            if (await TimeAsync(page, packet, sight, attempt))
            {
                break;
            }
        }
        Assert.True(_best < s_promise, $"seen after {_best.TotalMilliseconds:F0} ms at best");
    }

    /// <returns>Whether the promise was kept.</returns>
    private async Task<bool> TimeAsync(PageUnderTest page, string packet, string sight, int attempt)
    {
        long sent = Stopwatch.GetTimestamp();
        browser.Node.SendUdp(packet);
        try
        {
            await page.ChartAsync(sight, timeoutMs: 6_000);
        }
        catch (TimeoutException)
        {
            output.WriteLine($"try {attempt}: not seen within 6 s (the datagram may have been lost)");
            return false;
        }
        TimeSpan taken = Stopwatch.GetElapsedTime(sent);
        output.WriteLine($"try {attempt}: seen {taken.TotalMilliseconds:F0} ms after the send");
        _best = taken < _best ? taken : _best;
        return taken < s_promise;
    }

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
