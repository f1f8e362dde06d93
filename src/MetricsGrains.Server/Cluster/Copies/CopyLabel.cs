using System.Text.Json;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>What is known of a copy of a silo's log: lies beside it, see docs/formats/log-copy.md.</summary>
/// <param name="Origin">Whose log it is.</param>
/// <param name="IsWhole">It has had everything that was acknowledged and is not in the store. Only then is anything acknowledged because it is in this copy.</param>
internal sealed record CopyLabel(string Origin, ulong Generation, bool IsWhole)
{
    private const string FileName = "copy.json";

    /// <summary>Where the copies of an origin lie, a folder for each generation.</summary>
    public static string FolderOf(string copies, string origin) => Path.Combine(copies, Uri.EscapeDataString(origin));

    /// <summary>Where a copy lies.</summary>
    public static string FolderOf(string copies, string origin, ulong generation) => Path.Combine(FolderOf(copies, origin), $"{generation:D16}");

    /// <summary>The log of a copy.</summary>
    public static string LogOf(string folder) => Path.Combine(folder, "log");

    /// <returns>Null: there is no copy in the folder.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CopyLabel? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<CopyLabel>(File.ReadAllBytes(path));
        }
        catch (JsonException error)
        {
            throw new IOException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <summary>On disk when this returns.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Write(string folder) => DurableFile.Replace(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>The copy to recover: the one in the folder, or the newest whole one of those in the folder of an origin.</summary>
    /// <returns>Null: the folder has no copies.</returns>
    /// <exception cref="IOException">None is whole.</exception>
    public static (string Folder, CopyLabel Label)? Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }
        List<(string Folder, CopyLabel Label)> found = [];
        foreach (string candidate in Directory.GetDirectories(folder).Prepend(folder))
        {
            if (Read(candidate) is { } label)
            {
                found.Add((candidate, label));
            }
        }
        if (found.Count == 0)
        {
            return null;
        }
        var whole = found.Where(f => f.Label.IsWhole).OrderByDescending(f => f.Label.Generation).ToList();
        return whole.Count > 0 ? whole[0] : throw new IOException(
            $"the copy in {found[0].Folder} was begun and never was whole: nothing was acknowledged because of it. Another silo has the copy before it, in the folder 'copies' of its data folder: recover that one.");
    }
}
