namespace MetricsGrains.Crash.Tests;

/// <summary>A data folder of its own, deleted with the test.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("metricsgrains-crash-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Of a killed process something may still be closing; the system clears its own folder.
        }
    }
}
