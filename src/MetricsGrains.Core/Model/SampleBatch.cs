using System.Buffers.Binary;

namespace MetricsGrains.Core.Model;

/// <summary>Reads a sealed batch; borrows its bytes. Never throws on damaged ones.</summary>
public readonly ref struct SampleBatch
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _slicesAt;

    private SampleBatch(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> key, int sliceCount, int slicesAt)
    {
        _bytes = bytes;
        IdempotencyKey = key;
        SliceCount = sliceCount;
        _slicesAt = slicesAt;
    }

    /// <summary>The hash of the sender's idempotency key, 16 bytes, or empty.</summary>
    public ReadOnlySpan<byte> IdempotencyKey { get; }

    public int SliceCount { get; }

    /// <summary>Null when the batch has none.</summary>
    public BatchReceipt? Receipt
    {
        get
        {
            // At the end, behind the slices, where readers that don't know it look for nothing.
            if ((_bytes[4] & SampleBatchFormat.FlagReceipt) == 0 || _bytes.Length < _slicesAt + SampleBatchFormat.ReceiptBytes)
            {
                return null;
            }
            ReadOnlySpan<byte> at = _bytes[^SampleBatchFormat.ReceiptBytes..];
            return new BatchReceipt(BinaryPrimitives.ReadInt32LittleEndian(at), BinaryPrimitives.ReadInt32LittleEndian(at[4..]), BinaryPrimitives.ReadInt64LittleEndian(at[8..]));
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out SampleBatch batch)
    {
        batch = default;
        if (bytes.Length < SampleBatchFormat.HeaderBytes + 1 || !bytes.StartsWith(SampleBatchFormat.Magic) || bytes[3] != SampleBatchFormat.Version)
        {
            return false;
        }
        int at = SampleBatchFormat.HeaderBytes;
        ReadOnlySpan<byte> key = default;
        if ((bytes[4] & SampleBatchFormat.FlagKey) != 0)
        {
            if (bytes.Length < at + SampleBatchFormat.KeyBytes)
            {
                return false;
            }
            key = bytes.Slice(at, SampleBatchFormat.KeyBytes);
            at += SampleBatchFormat.KeyBytes;
        }
        int used = Varint.Read(bytes[at..], out ulong count);
        if (used == 0 || count > (ulong)bytes.Length)
        {
            return false;
        }
        batch = new SampleBatch(bytes, key, (int)count, at + used);
        return true;
    }

    /// <summary>As its slices say.</summary>
    public long CountSamples()
    {
        long samples = 0;
        foreach (SliceLocation location in this)
        {
            samples += SampleSlice.TryRead(_bytes.Slice(location.Offset, location.Length), out SampleSlice slice) ? slice.SampleCount : 0;
        }
        return samples;
    }

    public Enumerator GetEnumerator() => new(_bytes, _slicesAt, SliceCount);

    /// <summary>Walks the slices; stops at the first that does not fit its bytes.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private readonly int _count;
        private int _at;
        private int _index;

        internal Enumerator(ReadOnlySpan<byte> bytes, int at, int count)
        {
            _bytes = bytes;
            _at = at;
            _count = count;
            _index = -1;
            Current = default;
        }

        public SliceLocation Current { get; private set; }

        public bool MoveNext()
        {
            if (_index + 1 >= _count || _bytes.Length - _at < 12)
            {
                return false;
            }
            int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_at..]);
            if (length < 8 || length > _bytes.Length - _at - 4)
            {
                return false;
            }
            _index++;
            Current = new SliceLocation(_index, _at + 4, length, BinaryPrimitives.ReadUInt64LittleEndian(_bytes[(_at + 4)..]));
            _at += 4 + length;
            return true;
        }
    }
}

/// <summary>Where a slice lies in its batch, and the hash of its metric's name, which decides who owns it.</summary>
public readonly record struct SliceLocation(int Index, int Offset, int Length, ulong MetricHash);
