using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Storage.Tests.Wal;

/// <summary>The real files, with faults on demand. Faults and counts concern segments alone, not the checkpoint.</summary>
internal sealed class FaultyFiles : IWalFiles
{
    private readonly DiskFiles _disk = new();
    private int _syncs;
    private int _writes;

    /// <summary>Segment bytes that may still be written; a write beyond writes that prefix and fails, as a full disk does.</summary>
    public long Room { get; set; } = long.MaxValue;

    public bool SyncFails { get; set; }

    public bool TruncateFails { get; set; }

    public bool DeleteFails { get; set; }

    /// <summary>While set, an fsync waits for it.</summary>
    public ManualResetEventSlim? SyncGate { get; set; }

    public int Syncs => Volatile.Read(ref _syncs);

    public int Writes => Volatile.Read(ref _writes);

    public void CreateDirectory(string path) => _disk.CreateDirectory(path);

    public IDisposable Lock(string path) => _disk.Lock(path);

    public bool Exists(string path) => _disk.Exists(path);

    public IReadOnlyList<string> List(string directory, string extension) => _disk.List(directory, extension);

    public IWalFile Create(string path) => new FaultyFile(this, _disk.Create(path), path.EndsWith(Segment.Extension, StringComparison.Ordinal));

    public IWalFile Open(string path, bool writable) => _disk.Open(path, writable);

    public void Replace(string from, string to) => _disk.Replace(from, to);

    public void Delete(string path)
    {
        if (DeleteFails) throw new IOException("delete: Input/output error");
        _disk.Delete(path);
    }

    public void SyncDirectory(string path) => _disk.SyncDirectory(path);

    private sealed class FaultyFile(FaultyFiles faults, IWalFile file, bool segment) : IWalFile
    {
        public long Length => file.Length;

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            if (!segment)
            {
                file.Write(offset, parts);
                return;
            }

            Interlocked.Increment(ref faults._writes);
            byte[] all = [.. parts.SelectMany(part => part.ToArray())];
            int fits = (int)Math.Min(all.Length, faults.Room);
            if (fits > 0) file.Write(offset, [all.AsMemory(0, fits)]);
            if (faults.Room != long.MaxValue) faults.Room -= fits;
            if (fits < all.Length) throw new IOException("write: No space left on device");
        }

        public int Read(long offset, Span<byte> into) => file.Read(offset, into);

        public void SetLength(long length)
        {
            if (faults.TruncateFails) throw new IOException("ftruncate: Input/output error");
            file.SetLength(length);
        }

        public void Sync()
        {
            if (segment)
            {
                Interlocked.Increment(ref faults._syncs);
                faults.SyncGate?.Wait();
                if (faults.SyncFails) throw new IOException("fsync: Input/output error");
            }

            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
