namespace MetricsGrains.Browser.Tests;

/// <summary>Makes pictures for the documents, only when asked to: a run of the tests leaves the repository as it was.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScreenshotFactAttribute : FactAttribute
{
    public ScreenshotFactAttribute() =>
        Skip = BrowserFactAttribute.Reason ?? (Folder is null ? "makes the documents' pictures: set MG_SCREENSHOTS to a folder, such as docs/images" : null);

    /// <summary>A relative path starts at the repository.</summary>
    internal static string? Folder { get; } = Environment.GetEnvironmentVariable("MG_SCREENSHOTS") is { Length: > 0 } folder
        ? Path.GetFullPath(folder, Path.GetFullPath(NodeProcess.MetadataOf("Repository")))
        : null;
}
