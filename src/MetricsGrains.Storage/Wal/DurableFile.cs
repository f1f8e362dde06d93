namespace MetricsGrains.Storage.Wal;

/// <summary>A small file that is replaced as a whole: old or new and never a mixture, whenever the machine stops.</summary>
public static class DurableFile
{
    /// <summary>On disk when this returns, the name too.</summary>
    /// <exception cref="IOException">It can't be written; what was there before still is.</exception>
    public static void Replace(string path, ReadOnlyMemory<byte> content) => Replace(new DiskFiles(), path, content);

    internal static void Replace(IWalFiles files, string path, ReadOnlyMemory<byte> content)
    {
        string draft = path + ".tmp";
        using (IWalFile file = files.Create(draft))
        {
            file.Write(0, [content]);
            file.Sync();
        }

        files.Replace(draft, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
