using System.Buffers;

namespace MetricsGrains.Storage.Wal;

/// <summary>
/// Walks the records of one segment. After damage it finds the next record whose header checksum, sequence and length fit, so that good neighbours
/// of a bad record are recovered. Not thread-safe.
/// </summary>
/// <param name="end">How many bytes of the file count.</param>
/// <param name="fromSequence">No record of the segment may be lower.</param>
/// <param name="beforeSequence">Every record of the segment must be lower.</param>
/// <param name="payloadsFrom">Payloads of records below this are neither read nor checked.</param>
/// <param name="chunk">Bytes to read at a time.</param>
internal sealed class SegmentScanner(
    IWalFile file, long end, ulong logId, ulong fromSequence, ulong beforeSequence, ulong payloadsFrom, int chunk) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(chunk);
    private long _bufferOffset;
    private int _buffered;
    private long _next = SegmentHeader.Size;
    private ulong _lowest = fromSequence;

    /// <summary>Where the record or the damage begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where it ends.</summary>
    public long NextOffset => _next;

    /// <summary>Null for a good record, else what is wrong from <see cref="Offset"/> to <see cref="NextOffset"/>.</summary>
    public string? Damage { get; private set; }

    /// <summary>Of the record; with <see cref="Damage"/>, default unless the header is intact.</summary>
    public RecordHeader Header { get; private set; }

    /// <summary>Valid until the next move.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        Offset = _next;
        Damage = null;
        Payload = default;
        if (Offset >= end) return false;
        if (!TryHeader(Offset, out RecordHeader header))
        {
            Header = default;
            Damage = "header damaged or cut off";
            _next = FindHeader(Offset + 1);
            return true;
        }

        Header = header;
        _lowest = header.Sequence + 1;
        _next = Offset + RecordHeader.Size + header.Length;
        if (header.Sequence < payloadsFrom) return true;
        Payload = Load(Offset + RecordHeader.Size, (int)header.Length);
        if (Payload.Length != header.Length || Crc32C.Compute(Payload.Span) != header.PayloadCrc) Damage = "payload checksum is wrong";
        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _buffered = 0;
    }

    private bool TryHeader(long offset, out RecordHeader header)
    {
        return RecordHeader.TryRead(Load(offset, RecordHeader.Size).Span, logId, out header)
            && header.Sequence >= _lowest && header.Sequence < beforeSequence
            && offset + RecordHeader.Size + header.Length <= end;
    }

    private long FindHeader(long from)
    {
        while (from + RecordHeader.Size <= end)
        {
            ReadOnlySpan<byte> window = Window(from);
            if (window.Length < RecordHeader.Size) break;
            int at = window.IndexOf(RecordHeader.Magic);
            if (at < 0)
            {
                from += window.Length - RecordHeader.Magic.Length + 1;
                continue;
            }

            if (TryHeader(from + at, out _)) return from + at;
            from += at + 1;
        }

        return end;
    }

    /// <summary>What is buffered from the offset on, when that is enough for a header; a search moves on without reading the same bytes twice.</summary>
    private ReadOnlySpan<byte> Window(long offset)
    {
        long at = offset - _bufferOffset;
        if (at >= 0 && at + RecordHeader.Size <= _buffered) return _buffer.AsSpan((int)at, _buffered - (int)at);
        return Load(offset, (int)Math.Min(chunk, end - offset)).Span;
    }

    /// <returns>The bytes, fewer only when the file or what counts of it ends before.</returns>
    private ReadOnlyMemory<byte> Load(long offset, int count)
    {
        count = (int)Math.Min(count, end - offset);
        long at = offset - _bufferOffset;
        if (at < 0 || at + count > _buffered)
        {
            Refill(offset, count);
            at = 0;
        }

        return _buffer.AsMemory((int)at, Math.Min(count, _buffered - (int)at));
    }

    private void Refill(long offset, int count)
    {
        long at = offset - _bufferOffset;
        int kept = at >= 0 && at < _buffered ? _buffered - (int)at : 0;
        byte[] target = count <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(count);
        if (kept > 0) Buffer.BlockCopy(_buffer, (int)at, target, 0, kept);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        int wanted = (int)Math.Min(Math.Max(count, chunk), Math.Min(_buffer.Length, end - offset));
        _bufferOffset = offset;
        _buffered = kept;
        if (wanted > kept) _buffered += file.Read(offset + kept, _buffer.AsSpan(kept, wanted - kept));
    }
}
