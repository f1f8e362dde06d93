namespace MetricsGrains.Browser.Tests;

/// <summary>A test that needs Chromium.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Reason;

    internal static string? Reason => Chromium.Path is null ? "needs Chromium: install the package chromium, or name the program in CHROMIUM" : null;
}
