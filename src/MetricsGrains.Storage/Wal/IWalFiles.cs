namespace MetricsGrains.Storage.Wal;

/// <summary>The file system as the log sees it, so that tests can make it fail. Errors are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
internal interface IWalFiles
{
    /// <summary>Creates the directory and its parents, durably.</summary>
    void CreateDirectory(string path);

    /// <summary>Holds the file for this log alone until disposed; the operating system lets go of it when the process dies.</summary>
    /// <exception cref="IOException">Another holds it.</exception>
    IDisposable Lock(string path);

    bool Exists(string path);

    /// <returns>Full paths of the files with this extension.</returns>
    IReadOnlyList<string> List(string directory, string extension);

    /// <summary>A new, empty, writable file. One that is there already is emptied.</summary>
    IWalFile Create(string path);

    /// <exception cref="FileNotFoundException">It is not there (any more).</exception>
    IWalFile Open(string path, bool writable);

    void Replace(string from, string to);

    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in the directory durable.</summary>
    void SyncDirectory(string path);
}

/// <summary>An open file, addressed by offset.</summary>
internal interface IWalFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes the parts one after another. After an error any prefix of them may have been written.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <returns>Bytes read: fewer than asked for only at the end of the file.</returns>
    int Read(long offset, Span<byte> into);

    void SetLength(long length);

    void Sync();
}
