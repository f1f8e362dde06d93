namespace MetricsGrains.Storage.Wal;

/// <summary>What is known of one segment file. Mutable state is guarded by the <see cref="SegmentCatalog"/> it belongs to.</summary>
internal sealed class Segment(string path, ulong firstSequence)
{
    public const string Extension = ".wal";

    private HashSet<long>? _reported;

    public string Path { get; } = path;

    public string Name { get; } = System.IO.Path.GetFileName(path);

    public ulong FirstSequence { get; } = firstSequence;

    /// <summary>How many bytes of the file count. Only ever grows once the log is open.</summary>
    public long Length { get; set; }

    /// <summary>Appends go to it.</summary>
    public bool IsOpen { get; set; }

    /// <summary>0 while there is no record.</summary>
    public ulong FirstRecord { get; private set; }

    /// <summary>0 while there is no record.</summary>
    public ulong LastRecord { get; private set; }

    public long NewestMs { get; private set; } = long.MinValue;

    public static string PathOf(string directory, ulong firstSequence) => System.IO.Path.Combine(directory, $"{firstSequence:D20}{Extension}");

    public void Cover(ulong firstRecord, ulong lastRecord, long newestMs)
    {
        if (FirstRecord == 0) FirstRecord = firstRecord;
        LastRecord = lastRecord;
        NewestMs = Math.Max(NewestMs, newestMs);
    }

    /// <returns>False when damage at this offset was reported before.</returns>
    public bool Report(long offset) => (_reported ??= []).Add(offset);
}
