using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MetricsGrains.Browser.Tests;

/// <summary>Every page of alerting, full of what people put there, on a phone and on a desk, dark and light.</summary>
public sealed class AlertPagesTests(AlertPagesFixture browser) : IClassFixture<AlertPagesFixture>
{
    private const int Phone = 390;

    private const int Desk = 1280;

    /// <summary>Address (with what stands in braces replaced by the id of that name), and what must be there before the page is looked at.</summary>
    private static readonly (string Name, string Path, string Shown)[] s_pages =
    [
        ("alerts", "/alerts", "section-firing"),
        ("rules", "/alerts/rules", "rules"),
        ("rule-editor-new", "/alerts/rules/new?template=error-rate", "rule-name"),
        ("rule-editor", "/alerts/rules/{" + AlertPagesFixture.FiringRule + "}", "preview-summary"),
        ("channels", "/alerts/channels", "channels"),
        ("channel", "/alerts/channels/{On-call pager of the platform team}", "channel-name"),
        ("channel-new", "/alerts/channels/new", "channel-name"),
        ("silences", "/alerts/silences", "silences-active"),
        ("silence-new", "/alerts/silences/new?matcher=alertname%3DDisk%20fills&matcher=host%3D~db-.*", "silence-matchers"),
        ("history", "/alerts/history", "events"),
        ("why", "/alerts/history?why=1", "why-form"),
    ];

    /// <summary>Pages that the documents show.</summary>
    private static readonly string[] s_pictured = ["alerts", "rule-editor"];

    public static TheoryData<string, int, ColorScheme> Views
    {
        get
        {
            var views = new TheoryData<string, int, ColorScheme>();
            foreach ((string name, string _, string _) in s_pages)
            {
                foreach (ColorScheme theme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
                {
                    views.Add(name, Phone, theme);
                    views.Add(name, Desk, theme);
                }
            }
            return views;
        }
    }

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task Page_WithRealContent_DoesNotScrollSidewaysAndCutsNothing(string name, int width, ColorScheme theme)
    {
        (string _, string path, string shown) = s_pages.Single(p => p.Name == name);
        foreach ((string known, string id) in browser.Ids)
        {
            path = path.Replace("{" + known + "}", id, StringComparison.Ordinal);
        }
        await using PageUnderTest page = await browser.OpenAsync(path, width, width == Phone ? 844 : 860, theme);
        await Expect(page[shown].First).ToBeVisibleAsync();
        if (width == Desk && theme == ColorScheme.Dark && s_pictured.Contains(name))
        {
            await Expect(page["firing-badge"]).ToBeVisibleAsync();
            await Screenshots.TakeAsync(page, name + ".png");
        }
        Assert.False(await page.ScrollsSidewaysAsync());
        Assert.Equal("", await page.Page.EvaluateAsync<string>(OutsideScript));
        if (width == Phone)
        {
            Assert.Equal("", await page.Page.EvaluateAsync<string>(TooSmallScript));
        }
        page.AssertClean();
    }

    /// <summary>What lies beyond the right or left edge of the window, although nothing around it scrolls, or is cut off by what it stands in.</summary>
    private const string OutsideScript = """
        () => {
            const name = e => `${e.tagName.toLowerCase()}.${e.className} "${(e.textContent ?? '').trim().slice(0, 60)}"`;
            const scrolls = e => { for (; e; e = e.parentElement) { if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) { return true; } } return false; };
            const hidden = e => e.closest('.mg-sr-only, .u-wrap, [aria-hidden=true]') !== null || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
            const found = [];
            for (const e of document.querySelectorAll('main *')) {
                if (hidden(e)) { continue; }
                const box = e.getBoundingClientRect();
                if (box.width === 0 || box.height === 0) { continue; }
                const style = getComputedStyle(e);
                const cut = e.scrollWidth > e.clientWidth + 1 && style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && e.childElementCount === 0;
                if (((box.right > innerWidth + 0.5 || box.left < -0.5) && !scrolls(e.parentElement)) || cut) { found.push(name(e)); }
            }
            return found.slice(0, 5).join('\n');
        }
        """;

    /// <summary>What is to be touched and is smaller than a finger hits; links within text are as high as the text. Source: WCAG 2.2, 2.5.8 Target Size (Minimum).</summary>
    private const string TooSmallScript = """
        () => {
            const found = [];
            for (const e of document.querySelectorAll('main button, main select, main input:not([type=hidden]), main a.mg-button, main .mg-tabs a, main summary')) {
                const target = e.matches('input[type=checkbox], input[type=radio]') ? e.closest('label') ?? e : e;
                const box = target.getBoundingClientRect();
                if (box.width > 0 && e.checkVisibility({ visibilityProperty: true }) && (box.width < 24 || box.height < 24)) {
                    found.push(`${e.tagName.toLowerCase()} ${e.dataset.testid ?? e.className} ${Math.round(box.width)} × ${Math.round(box.height)}`);
                }
            }
            return found.slice(0, 8).join('\n');
        }
        """;
}
