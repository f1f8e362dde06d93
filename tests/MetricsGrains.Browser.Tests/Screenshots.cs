using Microsoft.Playwright;

namespace MetricsGrains.Browser.Tests;

/// <summary>Makes the documents' pictures of pages that tests look at anyway, only when asked to: a run of the tests leaves the repository as it was.</summary>
internal static class Screenshots
{
    /// <summary>Of MG_SCREENSHOTS: a folder, such as docs/images. A relative path starts at the repository.</summary>
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("MG_SCREENSHOTS") is { Length: > 0 } folder
        ? Path.GetFullPath(folder, Path.GetFullPath(NodeProcess.MetadataOf("Repository")))
        : null;

    public static bool AreWanted => s_folder is not null;

    /// <param name="name">"overview.png".</param>
    public static async Task TakeAsync(PageUnderTest page, string name)
    {
        if (s_folder is not null)
        {
            await page.Page.EvaluateAsync("() => document.fonts.ready");
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_folder, name) });
        }
    }
}
