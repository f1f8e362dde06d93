namespace MetricsGrains.Server.Composition;

/// <summary>A node's id, kept with its data: the log's sequences mean nothing without it.</summary>
internal static class NodeIdentity
{
    public static string ReadOrCreate(string dataPath)
    {
        string path = Path.Combine(dataPath, "node-id");
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } id)
        {
            return id;
        }
        id = Guid.NewGuid().ToString("N");
        string written = path + ".new";
        File.WriteAllText(written, id + "\n");
        File.Move(written, path, overwrite: true);
        return id;
    }
}
