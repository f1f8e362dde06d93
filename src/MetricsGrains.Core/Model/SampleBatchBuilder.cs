using System.Buffers.Binary;

namespace MetricsGrains.Core.Model;

/// <summary>A series in the batch being built; worthless once the builder is cleared.</summary>
public readonly record struct SeriesRef(int Slice, int Series);

/// <summary>
/// Fills a batch, one slice for each metric, straight in its binary form. Reusable and not thread-safe. In steady state
/// adding a sample allocates nothing.
/// </summary>
public sealed class SampleBatchBuilder
{
    private readonly Dictionary<SliceKey, int> _sliceOf = [];
    private readonly List<SliceDraft> _slices = [];
    private readonly byte[] _key = new byte[SampleBatchFormat.KeyBytes];
    private int _sliceCount;
    private bool _hasKey;
    private BatchReceipt? _receipt;

    /// <summary>Grows by one with each <see cref="Clear"/>, so that who caches a <see cref="SeriesRef"/> can tell whether it still holds.</summary>
    public int Generation { get; private set; } = 1;

    public int SampleCount { get; private set; }

    public int SliceCount => _sliceCount;

    /// <summary>Bytes the samples and series take so far, headers left out: what size limits look at.</summary>
    public int BodyBytes { get; private set; }

    /// <summary>Event time of the newest sample, Unix ms; long.MinValue when empty.</summary>
    public long NewestMs { get; private set; } = long.MinValue;

    public void Clear()
    {
        for (int i = 0; i < _sliceCount; i++)
        {
            _slices[i].Clear();
        }
        _sliceCount = 0;
        _sliceOf.Clear();
        _hasKey = false;
        _receipt = null;
        SampleCount = 0;
        BodyBytes = 0;
        NewestMs = long.MinValue;
        Generation++;
    }

    /// <summary>Marks the batch with the hash of the sender's idempotency key, 16 bytes.</summary>
    public void SetIdempotencyKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, SampleBatchFormat.KeyBytes, nameof(key));
        key.CopyTo(_key);
        _hasKey = true;
    }

    /// <summary>Adds what the sender is told, for a request with an idempotency key.</summary>
    public void SetReceipt(BatchReceipt receipt) => _receipt = receipt;

    /// <summary>Adds a series' definition. Adding one twice costs bytes but is no mistake.</summary>
    /// <param name="name">UTF-8, 1…255 bytes.</param>
    /// <param name="unit">UTF-8, at most 64 bytes, usually empty.</param>
    /// <param name="canonicalTags">See <see cref="TagSet.Canonical"/>.</param>
    public SeriesRef AddSeries(ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> canonicalTags, SeriesId id)
    {
        ArgumentOutOfRangeException.ThrowIfZero(name.Length, nameof(name));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, SampleBatchFormat.MaxNameBytes, nameof(name));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unit.Length, SampleBatchFormat.MaxUnitBytes, nameof(unit));
        int slice = SliceFor(name, kind, unit);
        SliceDraft draft = _slices[slice];
        int before = draft.Series.Length;
        draft.Series.AppendUInt64(id.Value);
        draft.Series.AppendPrefixed(canonicalTags);
        BodyBytes += draft.Series.Length - before;
        return new SeriesRef(slice, draft.SeriesCount++);
    }

    /// <param name="value">Finite; for a set the member's hash, bit for bit.</param>
    /// <param name="weight">How many observations it stands for; 1 but for sampled distributions.</param>
    public void Add(SeriesRef series, long unixMs, double value, double weight = 1)
    {
        SliceDraft draft = _slices[series.Slice];
        Span<byte> room = draft.Samples.Reserve((2 * Varint.MaxLength) + 16 + Varint.MaxLength);
        long whole = (long)value;
        // Bit equality keeps -0.0 and all that a long can't hold in the floating form.
        bool integer = BitConverter.DoubleToInt64Bits(whole) == BitConverter.DoubleToInt64Bits(value) && whole is > int.MinValue and < int.MaxValue;
        ulong head = ((ulong)series.Series << SampleBatchFormat.SampleFlagBits) | (integer ? SampleBatchFormat.SampleIsInteger : 0) | (weight != 1 ? SampleBatchFormat.SampleHasWeight : 0);
        int at = Varint.Write(room, head);
        at += Varint.Write(room[at..], Varint.ZigZag(unixMs - draft.PreviousMs));
        if (integer)
        {
            at += Varint.Write(room[at..], Varint.ZigZag(whole));
        }
        else
        {
            BinaryPrimitives.WriteDoubleLittleEndian(room[at..], value);
            at += 8;
        }
        if (weight != 1)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(room[at..], weight);
            at += 8;
        }
        draft.Samples.Advance(at);
        Account(draft, unixMs, at);
    }

    /// <summary>A member of a set, by its hash.</summary>
    public void AddMember(SeriesRef series, long unixMs, ulong memberHash) => Add(series, unixMs, BitConverter.UInt64BitsToDouble(memberHash));

    /// <summary>Observations already aggregated: a histogram sample.</summary>
    /// <param name="sketch">An ExponentialSketch's compact form.</param>
    public void AddHistogram(SeriesRef series, long unixMs, in HistogramTotals totals, ReadOnlySpan<byte> sketch)
    {
        SliceDraft draft = _slices[series.Slice];
        int before = draft.Samples.Length;
        draft.Samples.AppendVarint((ulong)series.Series << SampleBatchFormat.SampleFlagBits);
        draft.Samples.AppendVarint(Varint.ZigZag(unixMs - draft.PreviousMs));
        draft.Samples.AppendUInt64(BitConverter.DoubleToUInt64Bits(totals.Count));
        draft.Samples.AppendUInt64(BitConverter.DoubleToUInt64Bits(totals.Sum));
        draft.Samples.AppendUInt64(BitConverter.DoubleToUInt64Bits(totals.Min));
        draft.Samples.AppendUInt64(BitConverter.DoubleToUInt64Bits(totals.Max));
        draft.Samples.AppendPrefixed(sketch);
        Account(draft, unixMs, draft.Samples.Length - before);
    }

    /// <summary>An upper bound of what <see cref="WriteTo"/> needs.</summary>
    public int MaxEncodedLength()
    {
        int length = SampleBatchFormat.HeaderBytes + SampleBatchFormat.KeyBytes + SampleBatchFormat.ReceiptBytes + Varint.MaxLength;
        for (int i = 0; i < _sliceCount; i++)
        {
            SliceDraft draft = _slices[i];
            length += 32 + (5 * Varint.MaxLength) + draft.Name.Length + draft.Unit.Length + draft.Series.Length + draft.Samples.Length;
        }
        return length;
    }

    /// <returns>Bytes written.</returns>
    public int WriteTo(Span<byte> destination)
    {
        SampleBatchFormat.Magic.CopyTo(destination);
        destination[3] = SampleBatchFormat.Version;
        destination[4] = (byte)((_hasKey ? SampleBatchFormat.FlagKey : 0) | (_receipt is null ? 0 : SampleBatchFormat.FlagReceipt));
        int at = SampleBatchFormat.HeaderBytes;
        if (_hasKey)
        {
            _key.CopyTo(destination[at..]);
            at += _key.Length;
        }
        at += Varint.Write(destination[at..], (ulong)_sliceCount);
        for (int i = 0; i < _sliceCount; i++)
        {
            at += _slices[i].WriteTo(destination[at..]);
        }
        if (_receipt is { } receipt)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[at..], receipt.Points);
            BinaryPrimitives.WriteInt32LittleEndian(destination[(at + 4)..], receipt.Rejected);
            BinaryPrimitives.WriteInt64LittleEndian(destination[(at + 8)..], receipt.ReceivedMs);
            at += SampleBatchFormat.ReceiptBytes;
        }
        return at;
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[MaxEncodedLength()];
        Array.Resize(ref bytes, WriteTo(bytes));
        return bytes;
    }

    private void Account(SliceDraft draft, long unixMs, int bytes)
    {
        draft.PreviousMs = unixMs;
        draft.SampleCount++;
        SampleCount++;
        BodyBytes += bytes;
        if (unixMs > NewestMs)
        {
            NewestMs = unixMs;
        }
    }

    private int SliceFor(ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        ulong hash = StableHash.Of(name);
        // Two names with one hash probe on: the salt counts up until the name fits or the place is free.
        for (int salt = 0; ; salt++)
        {
            var key = new SliceKey(hash, kind, salt);
            if (!_sliceOf.TryGetValue(key, out int index))
            {
                index = _sliceCount++;
                if (index == _slices.Count)
                {
                    _slices.Add(new SliceDraft());
                }
                _slices[index].Begin(name, hash, kind, unit);
                _sliceOf.Add(key, index);
                return index;
            }
            if (_slices[index].Name.Written.SequenceEqual(name))
            {
                return index;
            }
        }
    }

    private readonly record struct SliceKey(ulong Hash, MetricKind Kind, int Salt);

    private sealed class SliceDraft
    {
        public GrowableBuffer Name;
        public GrowableBuffer Unit;
        public GrowableBuffer Series;
        public GrowableBuffer Samples;
        public long PreviousMs;
        public int SeriesCount;
        public int SampleCount;
        private ulong _hash;
        private MetricKind _kind;

        public void Begin(ReadOnlySpan<byte> name, ulong hash, MetricKind kind, ReadOnlySpan<byte> unit)
        {
            Name.Append(name);
            Unit.Append(unit);
            _hash = hash;
            _kind = kind;
        }

        public void Clear()
        {
            Name.Clear();
            Unit.Clear();
            Series.Clear();
            Samples.Clear();
            PreviousMs = 0;
            SeriesCount = 0;
            SampleCount = 0;
        }

        public int WriteTo(Span<byte> destination)
        {
            int at = 4;
            BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], _hash);
            at += 8;
            destination[at++] = (byte)_kind;
            at += WritePrefixed(destination[at..], Name.Written);
            at += WritePrefixed(destination[at..], Unit.Written);
            at += Varint.Write(destination[at..], (ulong)SeriesCount);
            at += Varint.Write(destination[at..], (ulong)SampleCount);
            at += WritePrefixed(destination[at..], Series.Written);
            Samples.Written.CopyTo(destination[at..]);
            at += Samples.Length;
            BinaryPrimitives.WriteInt32LittleEndian(destination, at - 4);
            return at;
        }

        private static int WritePrefixed(Span<byte> destination, ReadOnlySpan<byte> bytes)
        {
            int at = Varint.Write(destination, (ulong)bytes.Length);
            bytes.CopyTo(destination[at..]);
            return at + bytes.Length;
        }
    }
}
