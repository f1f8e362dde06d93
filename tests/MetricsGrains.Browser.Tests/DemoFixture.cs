namespace MetricsGrains.Browser.Tests;

/// <summary>A node with the demo shop sending.</summary>
public sealed class DemoFixture : BrowserFixture
{
    protected override string[] Arguments => ["--demo"];
}
