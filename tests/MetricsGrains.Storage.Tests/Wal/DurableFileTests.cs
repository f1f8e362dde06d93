using System.Text;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class DurableFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metricsgrains-durable-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Replace_IsSyncedBeforeItIsNamedAndNamedDurably()
    {
        var files = new WatchedFiles();
        string path = Path.Combine(_folder, "id");
        DurableFile.Replace(files, path, Encoding.UTF8.GetBytes("one"));
        DurableFile.Replace(files, path, Encoding.UTF8.GetBytes("two"));
        Assert.Equal("two", File.ReadAllText(path));
        string[] steps = ["create id.tmp", "write id.tmp", "sync id.tmp", "rename id.tmp to id", "sync folder"];
        Assert.Equal([.. steps, .. steps], files.Steps);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    private sealed class WatchedFiles : IWalFiles
    {
        private readonly DiskFiles _disk = new();

        public List<string> Steps { get; } = [];

        public void CreateDirectory(string path) => _disk.CreateDirectory(path);

        public IDisposable Lock(string path) => _disk.Lock(path);

        public bool Exists(string path) => _disk.Exists(path);

        public IReadOnlyList<string> List(string directory, string extension) => _disk.List(directory, extension);

        public IWalFile Create(string path)
        {
            Steps.Add($"create {Path.GetFileName(path)}");
            return new WatchedFile(this, Path.GetFileName(path), _disk.Create(path));
        }

        public IWalFile Open(string path, bool writable) => _disk.Open(path, writable);

        public void Replace(string from, string to)
        {
            Steps.Add($"rename {Path.GetFileName(from)} to {Path.GetFileName(to)}");
            _disk.Replace(from, to);
        }

        public void Delete(string path) => _disk.Delete(path);

        public void SyncDirectory(string path)
        {
            Steps.Add("sync folder");
            _disk.SyncDirectory(path);
        }
    }

    private sealed class WatchedFile(WatchedFiles files, string name, IWalFile file) : IWalFile
    {
        public long Length => file.Length;

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            files.Steps.Add($"write {name}");
            file.Write(offset, parts);
        }

        public int Read(long offset, Span<byte> into) => file.Read(offset, into);

        public void SetLength(long length) => file.SetLength(length);

        public void Sync()
        {
            files.Steps.Add($"sync {name}");
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
