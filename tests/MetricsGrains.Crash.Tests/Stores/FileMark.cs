using System.Diagnostics;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>A file's length and time of writing, by which a write of another process is noticed within about a millisecond.</summary>
internal readonly record struct FileMark(string Path, long Length, DateTime Written)
{
    public static FileMark Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileMark(path, file.Length, file.LastWriteTimeUtc) : new FileMark(path, -1, default);
    }

    /// <returns>The file as it is after the change, or when the time is over.</returns>
    public FileMark WaitForChange(FileMark since, TimeSpan most)
    {
        var clock = Stopwatch.StartNew();
        FileMark now = Of(Path);
        while (now == since && clock.Elapsed < most)
        {
            Thread.Sleep(1);
            now = Of(Path);
        }
        return now;
    }
}
