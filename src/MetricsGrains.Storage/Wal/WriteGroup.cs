namespace MetricsGrains.Storage.Wal;

/// <summary>
/// Records written with one call and made durable with one fsync. Headers and small payloads are laid out in a staging buffer; larger payloads are
/// written from the caller's memory.
/// </summary>
internal sealed class WriteGroup(ulong logId)
{
    /// <summary>Bounds how long the first record of a group waits for the last.</summary>
    public const long MaxBytes = 16 << 20;

    /// <summary>Copying this much costs less than another entry in the gather list.</summary>
    private const int MaxStagedPayload = 16 << 10;

    private readonly byte[] _staging = GC.AllocateUninitializedArray<byte>(1 << 20, pinned: true);
    private readonly List<PendingAppend> _records = [];
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private int _staged;
    private int _partBegin;

    public IReadOnlyList<PendingAppend> Records => _records;

    public PendingAppend First => _records[0];

    public PendingAppend Last => _records[^1];

    public long Bytes { get; private set; }

    public long NewestMs { get; private set; } = long.MinValue;

    public void Clear()
    {
        _records.Clear();
        _parts.Clear();
        _staged = _partBegin = 0;
        Bytes = 0;
        NewestMs = long.MinValue;
    }

    /// <param name="room">How large the group may get; a first record is taken whatever its size.</param>
    public bool TryAdd(PendingAppend record, long room)
    {
        if (_records.Count > 0 && Bytes + record.Bytes > Math.Min(room, MaxBytes)) return false;
        int length = record.Payload.Length;
        bool copy = length <= MaxStagedPayload;
        if (_staged + RecordHeader.Size + (copy ? length : 0) > _staging.Length) return false;

        new RecordHeader((uint)length, record.PayloadCrc, record.Sequence, record.NewestMs).Write(_staging.AsSpan(_staged), logId);
        _staged += RecordHeader.Size;
        if (copy)
        {
            record.Payload.Span.CopyTo(_staging.AsSpan(_staged));
            _staged += length;
        }
        else
        {
            EndPart();
            _parts.Add(record.Payload);
        }

        _records.Add(record);
        Bytes += record.Bytes;
        NewestMs = Math.Max(NewestMs, record.NewestMs);
        return true;
    }

    /// <returns>What to write, valid until the group is cleared.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> Parts()
    {
        EndPart();
        return _parts;
    }

    private void EndPart()
    {
        if (_staged == _partBegin) return;
        _parts.Add(_staging.AsMemory(_partBegin, _staged - _partBegin));
        _partBegin = _staged;
    }
}
