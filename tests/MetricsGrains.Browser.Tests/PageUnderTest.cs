using System.Globalization;
using Microsoft.Playwright;

namespace MetricsGrains.Browser.Tests;

/// <summary>A page, and what went wrong on it: console errors and warnings, exceptions, requests that failed or were refused.</summary>
public sealed class PageUnderTest : IAsyncDisposable
{
    private readonly List<string> _faults = [];

    public PageUnderTest(IPage page)
    {
        Page = page;
        page.Console += (_, m) => Note(m.Type is "error" or "warning", $"console {m.Type}: {m.Text}");
        page.PageError += (_, e) => Note(true, "exception: " + e);
        page.RequestFailed += (_, r) => Note(true, $"failed: {r.Url} {r.Failure}");
        page.Response += (_, r) => Note(r.Status >= 400, $"{r.Status}: {r.Url}");
    }

    public IPage Page { get; }

    public ILocator this[string testId] => Page.GetByTestId(testId);

    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_faults)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>Opens a path of the node and waits until what is clicked and typed arrives.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await ConnectedAsync();
    }

    public Task ConnectedAsync() => Page.WaitForFunctionAsync("() => document.documentElement.dataset.connected === 'true'");

    /// <summary>Waits until an expression over the page's chart (<c>chart</c>) holds.</summary>
    public Task ChartAsync(string condition, float timeoutMs = 30_000) => Page.WaitForFunctionAsync(
        "() => { const chart = document.querySelector('[data-testid=chart]')?.dataset; return !!chart && (" + condition + "); }", null,
        new PageWaitForFunctionOptions { Timeout = timeoutMs, PollingInterval = 20 });

    public async Task<double> ChartNumberAsync(string key)
    {
        string? text = await Page.EvaluateAsync<string?>("key => document.querySelector('[data-testid=chart]').dataset[key] ?? null", key);
        return text is { Length: > 0 } ? double.Parse(text, CultureInfo.InvariantCulture) : double.NaN;
    }

    /// <summary>The data-testid of the element with the focus, or of the nearest around it.</summary>
    public Task<string> FocusedAsync() => Page.EvaluateAsync<string>("() => document.activeElement?.closest('[data-testid]')?.dataset.testid ?? document.activeElement?.className ?? ''");

    public Task<bool> ScrollsSidewaysAsync() => Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth");

    public void AssertClean() => Assert.True(Faults.Count == 0, string.Join('\n', Faults));

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    private void Note(bool isFault, string text)
    {
        if (isFault)
        {
            lock (_faults)
            {
                _faults.Add(text);
            }
        }
    }
}
