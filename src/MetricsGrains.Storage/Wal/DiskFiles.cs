using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

[assembly: InternalsVisibleTo("MetricsGrains.Storage.Tests")]

namespace MetricsGrains.Storage.Wal;

/// <summary>The real file system.</summary>
internal sealed class DiskFiles : IWalFiles
{
    private const FileShare Shared = FileShare.ReadWrite | FileShare.Delete;

    public void CreateDirectory(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full)) return;
        string? parent = Path.GetDirectoryName(full);
        if (parent is not null) CreateDirectory(parent);
        Directory.CreateDirectory(full);
        if (parent is not null) SyncDirectory(parent);
    }

    public IDisposable Lock(string path) => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string directory, string extension) => Directory.GetFiles(directory, "*" + extension);

    public IWalFile Create(string path) => new DiskFile(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, Shared));

    public IWalFile Open(string path, bool writable) =>
        new DiskFile(File.OpenHandle(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, Shared));

    public void Replace(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncDirectory(string path)
    {
        // Windows can't flush a directory without administrator's rights; NTFS journals the entry with the flush of the file itself.
        if (OperatingSystem.IsWindows()) return;
        int descriptor = Unix.Open(path, Unix.ReadOnly);
        if (descriptor < 0) throw Unix.Error("open", path);
        try
        {
            while (Unix.Sync(descriptor) != 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Unix.Interrupted) continue;

                // Some network and FUSE file systems can't sync a directory and say so: nothing more can be done there.
                if (error == Unix.InvalidArgument) return;
                throw Unix.Error("fsync", path);
            }
        }
        finally
        {
            _ = Unix.Close(descriptor);
        }
    }

    private sealed class DiskFile(SafeFileHandle handle) : IWalFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            if (parts.Count == 1) RandomAccess.Write(handle, parts[0].Span, offset);
            else RandomAccess.Write(handle, parts, offset);
        }

        public int Read(long offset, Span<byte> into)
        {
            int total = 0;
            while (total < into.Length)
            {
                int read = RandomAccess.Read(handle, into[total..], offset + total);
                if (read == 0) break;
                total += read;
            }

            return total;
        }

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }

    /// <summary>.NET refuses to open a directory as a file, so this goes to libc.</summary>
    private static class Unix
    {
        public const int ReadOnly = 0;
        public const int Interrupted = 4;
        public const int InvalidArgument = 22;

        public static IOException Error(string call, string path) =>
            new($"{call} of directory {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Sync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        public static extern int Close(int descriptor);
    }
}
