namespace MetricsGrains.Core.Windows;

/// <summary>One window with what belongs to it besides numbers.</summary>
internal struct SealedWindow
{
    public long StartMs;
    public WindowAggregate Aggregate;

    /// <summary>A sketch's or HyperLogLog's compact form; null for plain numbers.</summary>
    public byte[]? Sketch;
}

/// <summary>
/// Ten minutes of closed 10-second windows of one series, compressed. In memory only, so it has no version. After a bit for each
/// of the 60 windows (is it there?) come, window by window: is it a single sample; the values against the window before; the last sample's place in the window; the sketch.
/// </summary>
internal static class WindowBlock
{
    public const int Windows = 60;
    public const long LengthMs = Windows * Resolution.TenSeconds;

    private const int OffsetBits = 14;
    private const int SketchLengthBits = 24;

    /// <param name="windows">In time order, all in the block that starts at <paramref name="blockMs"/>.</param>
    public static byte[] Encode(BitWriter bits, long blockMs, ReadOnlySpan<SealedWindow> windows, bool sketches)
    {
        bits.Clear();
        ulong present = 0;
        foreach (ref readonly SealedWindow window in windows)
        {
            present |= 1UL << (int)((window.StartMs - blockMs) / Resolution.TenSeconds);
        }
        bits.Write(present, Windows);
        WindowAggregate previous = default;
        long previousOffset = 0;
        foreach (ref readonly SealedWindow window in windows)
        {
            WriteWindow(bits, in window.Aggregate, in previous);
            long offset = window.Aggregate.LastAt - window.StartMs;
            bits.Write(offset == previousOffset ? 0UL : 1UL, 1);
            if (offset != previousOffset)
            {
                bits.Write((ulong)offset, OffsetBits);
            }
            if (sketches)
            {
                byte[] sketch = window.Sketch ?? [];
                bits.Write((ulong)sketch.Length, SketchLengthBits);
                foreach (byte b in sketch)
                {
                    bits.Write(b, 8);
                }
            }
            previous = window.Aggregate;
            previousOffset = offset;
        }
        return bits.ToArray();
    }

    private static void WriteWindow(BitWriter bits, in WindowAggregate a, in WindowAggregate previous)
    {
        bool single = a.Count == 1 && Same(a.Sum, a.Last) && Same(a.Min, a.Last) && Same(a.Max, a.Last);
        bits.Write(single ? 1UL : 0UL, 1);
        ValueCodec.Write(bits, a.Last, previous.Last);
        if (!single)
        {
            ValueCodec.Write(bits, a.Count, previous.Count);
            ValueCodec.Write(bits, a.Sum, previous.Sum);
            ValueCodec.Write(bits, a.Min, previous.Min);
            ValueCodec.Write(bits, a.Max, previous.Max);
        }
        // The increase is 0 (gauges), the sum (deltas) or a figure of its own (running totals).
        if (Same(a.Increase, 0))
        {
            bits.Write(0b0, 1);
        }
        else if (Same(a.Increase, a.Sum))
        {
            bits.Write(0b10, 2);
        }
        else
        {
            bits.Write(0b11, 2);
            ValueCodec.Write(bits, a.Increase, previous.Increase);
        }
    }

    private static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    /// <summary>Walks a block. The sketch, if any, is a copy only where <paramref name="wantSketches"/>.</summary>
    public ref struct Decoder
    {
        private readonly long _blockMs;
        private readonly bool _sketches;
        private readonly bool _wantSketches;
        private BitReader _bits;
        private ulong _present;
        private WindowAggregate _previous;
        private long _previousOffset;

        public Decoder(long blockMs, ReadOnlySpan<byte> bytes, bool sketches, bool wantSketches)
        {
            _blockMs = blockMs;
            _sketches = sketches;
            _wantSketches = wantSketches;
            _bits = new BitReader(bytes);
            _present = _bits.Read(Windows);
        }

        public SealedWindow Current;

        public bool MoveNext()
        {
            if (_present == 0)
            {
                return false;
            }
            int index = System.Numerics.BitOperations.TrailingZeroCount(_present);
            _present &= _present - 1;
            Current.StartMs = _blockMs + (index * Resolution.TenSeconds);
            WindowAggregate a = default;
            bool single = _bits.ReadBit();
            a.Last = ValueCodec.Read(ref _bits, _previous.Last);
            a.Count = single ? 1 : ValueCodec.Read(ref _bits, _previous.Count);
            a.Sum = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Sum);
            a.Min = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Min);
            a.Max = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Max);
            a.Increase = !_bits.ReadBit() ? 0 : !_bits.ReadBit() ? a.Sum : ValueCodec.Read(ref _bits, _previous.Increase);
            long offset = _bits.ReadBit() ? (long)_bits.Read(OffsetBits) : _previousOffset;
            a.LastAt = Current.StartMs + offset;
            Current.Aggregate = a;
            Current.Sketch = _sketches ? ReadSketch() : null;
            _previous = a;
            _previousOffset = offset;
            return true;
        }

        private byte[]? ReadSketch()
        {
            int length = (int)_bits.Read(SketchLengthBits);
            byte[]? sketch = _wantSketches && length > 0 ? new byte[length] : null;
            for (int i = 0; i < length; i++)
            {
                byte b = (byte)_bits.Read(8);
                if (sketch is not null)
                {
                    sketch[i] = b;
                }
            }
            return sketch;
        }
    }
}
