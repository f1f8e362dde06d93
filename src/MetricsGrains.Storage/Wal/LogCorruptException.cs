namespace MetricsGrains.Storage.Wal;

/// <summary>The log is damaged and may not be used as it is. Trying again won't help; the message says where it is damaged and what can be done.</summary>
/// <param name="path">The damaged file.</param>
/// <param name="offset">Where the damage begins, in bytes from the start of the file.</param>
public sealed class LogCorruptException(string message, string path, long offset) : Exception(message)
{
    public string Path { get; } = path;

    public long Offset { get; } = offset;
}
