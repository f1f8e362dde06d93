using Microsoft.Playwright;

namespace MetricsGrains.Browser.Tests;

/// <summary>A node and a browser for the tests of one class.</summary>
public class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public NodeProcess Node { get; private set; } = null!;

    protected virtual string[] Arguments => [];

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
        {
            return; // Every test is skipped, but xunit makes the fixture all the same.
        }
        Node = await StartNodeAsync();
        try
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await Chromium.LaunchAsync(_playwright);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what the pages are of.</summary>
    protected virtual Task<NodeProcess> StartNodeAsync() => NodeProcess.StartAsync(Arguments);

    /// <summary>A page in a browser profile of its own, English, in UTC.</summary>
    public async Task<PageUnderTest> OpenAsync(string path, int width = 1280, int height = 860, ColorScheme theme = ColorScheme.Dark)
    {
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Node.BaseUrl,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = theme,
            TimezoneId = "UTC",
            Locale = "en-US",
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(30_000);
        var page = new PageUnderTest(await context.NewPageAsync());
        await page.GoAsync(path);
        return page;
    }

    public virtual async Task DisposeAsync()
    {
        Node?.Dispose();
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
        _playwright?.Dispose();
        GC.SuppressFinalize(this);
    }
}
