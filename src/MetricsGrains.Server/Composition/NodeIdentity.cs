using System.Text;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Server.Composition;

/// <summary>A node's id, kept with its data: the log's sequences mean nothing without it.</summary>
internal static class NodeIdentity
{
    private const string FileName = "node-id";

    /// <summary>
    /// The name under which the store keeps how much of this log it has: "node/log". A log that was wiped counts from 1 again; its id keeps its
    /// records apart from those the store knows.
    /// </summary>
    /// <param name="cursors">The store's. A node whose file is lost finds its name in them: under a new one its whole log would count a second time.</param>
    /// <exception cref="IOException">The id can't be written.</exception>
    public static string OriginOf(string dataPath, ulong logId, IReadOnlyList<FlushCursor> cursors)
    {
        string log = $"/{logId:x16}";
        string path = Path.Combine(dataPath, FileName);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known)
        {
            return known + log;
        }
        string id = cursors.FirstOrDefault(c => c.Origin.EndsWith(log, StringComparison.Ordinal))?.Origin[..^log.Length] ?? Guid.NewGuid().ToString("N");
        DurableFile.Replace(path, Encoding.UTF8.GetBytes(id + "\n"));
        return id + log;
    }
}
