namespace MetricsGrains.Storage.Wal;

/// <summary>Writes the open segment. Used by the writer's thread alone.</summary>
internal sealed class SegmentWriter(IWalFiles files, IngestLogOptions options, ulong logId, SegmentCatalog catalog) : IDisposable
{
    private IWalFile? _file;
    private Segment? _open;

    /// <summary>The segment appends go to; null when the next one begins a new segment.</summary>
    public Segment? Open => _open;

    /// <summary>There are written records that no fsync has covered.</summary>
    public bool Dirty { get; private set; }

    public bool Fits(long bytes) => _open is null || _open.Length == SegmentHeader.Size || _open.Length + bytes <= options.SegmentBytes;

    public long Room => options.SegmentBytes - (_open?.Length ?? SegmentHeader.Size);

    /// <summary>Writes the group behind the last good record, beginning a segment when none is open. Does not make it readable.</summary>
    public void Write(WriteGroup group)
    {
        if (_open is null) Begin(group.First.Sequence);
        _file!.Write(_open!.Length, group.Parts());
        Dirty = true;
    }

    public void Sync()
    {
        _file?.Sync();
        Dirty = false;
    }

    /// <summary>Takes back what a failed group wrote.</summary>
    /// <returns>False when it may still be in the file.</returns>
    public bool TryTruncate(bool sync)
    {
        if (_open is null) return true;
        try
        {
            _file!.SetLength(_open.Length);
            if (sync) _file.Sync();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Closes the segment; the next write begins a new one.</summary>
    public void Leave()
    {
        Segment? left = _open;
        Dispose();
        if (left is null || left.Length > SegmentHeader.Size) return;
        try
        {
            files.Delete(left.Path);
            catalog.Remove(left);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It stays in the catalog as an empty segment and goes with the next release.
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        if (_open is not null) catalog.Close(_open);
        _open = null;
        Dirty = false;
    }

    /// <summary>The header and the directory entry are durable before the first record is written.</summary>
    private void Begin(ulong firstSequence)
    {
        Segment? previous = catalog.Newest;
        Segment segment = new(Segment.PathOf(options.Directory, firstSequence), firstSequence) { Length = SegmentHeader.Size };
        byte[] header = new byte[SegmentHeader.Size];
        new SegmentHeader(options.Durability, logId, firstSequence, previous?.FirstSequence ?? 0, previous?.Length ?? 0, catalog.ReleasedNewestMs).Write(header);
        IWalFile file = files.Create(segment.Path);
        try
        {
            file.Write(0, [header]);
            file.Sync();
            files.SyncDirectory(options.Directory);
        }
        catch
        {
            file.Dispose();
            TryDelete(segment.Path);
            throw;
        }

        _file = file;
        _open = segment;
        catalog.Add(segment);
    }

    private void TryDelete(string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next attempt empties it, or recovery finds it without a record.
        }
    }
}
