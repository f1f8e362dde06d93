using System.Diagnostics;

namespace MetricsGrains.Crash.Tests;

/// <summary>A file system of a few megabytes, in memory, that can be filled up.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DataFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Path => _folder.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <returns>Null when this machine lets us mount nothing.</returns>
    public static SmallDisk? TryMount(int megabytes)
    {
        var disk = new SmallDisk();
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path) == 0)
        {
            return disk;
        }
        disk._folder.Dispose();
        return null;
    }

    /// <summary>Takes all the room but this much.</summary>
    public void Fill(int leaveBytes)
    {
        using var filler = new FileStream(Filler, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        filler.Seek(0, SeekOrigin.End);
        byte[] block = new byte[4096];
        while (new DriveInfo(Path).AvailableFreeSpace > leaveBytes)
        {
            try
            {
                filler.Write(block);
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public void Dispose()
    {
        // Lazily: whoever still holds a file there must not keep the test from ending.
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}

/// <summary>A test that needs to mount a file system; skipped, and says so, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> CanMount = new(() =>
    {
        using SmallDisk? disk = SmallDisk.TryMount(1);
        return disk is not null;
    });

    public SmallDiskFactAttribute() => Skip = CanMount.Value ? null : "needs root on Linux: it mounts a small tmpfs to fill it up";
}
