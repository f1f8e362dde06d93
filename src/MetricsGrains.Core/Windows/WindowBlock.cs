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
/// of the 60 windows (is it there?) come, window by window: its shape (one bit when it is a single sample in the shape of the window before);
/// the values against the window before; the sketch.
/// </summary>
internal static class WindowBlock
{
    public const int Windows = 60;
    public const long LengthMs = Windows * Resolution.TenSeconds;

    private const int OffsetBits = 14;
    private const int IncreaseBits = 2;
    private const int SketchLengthBits = 24;

    /// <summary>What a window's increase is: 0 (gauges), the sum (deltas) or a figure of its own (running totals).</summary>
    private enum IncreaseForm : byte
    {
        Zero,
        Sum,
        Own,
    }

    /// <summary>What decides which figures follow.</summary>
    /// <param name="Single">One sample: its value is all figures.</param>
    /// <param name="LastOffset">The last sample's time after the window's start.</param>
    private readonly record struct Shape(bool Single, IncreaseForm Increase, long LastOffset);

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
        Shape previousShape = default;
        foreach (ref readonly SealedWindow window in windows)
        {
            Shape shape = ShapeOf(in window, previousShape.Increase);
            WriteShape(bits, shape, previousShape);
            WriteFigures(bits, shape, in window.Aggregate, in previous);
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
            previousShape = shape;
        }
        return bits.ToArray();
    }

    private static Shape ShapeOf(in SealedWindow window, IncreaseForm previous)
    {
        ref readonly WindowAggregate a = ref window.Aggregate;
        bool single = a.Count == 1 && Same(a.Sum, a.Last) && Same(a.Min, a.Last) && Same(a.Max, a.Last);
        // A counter's window of 0 fits two forms: the one before is the cheaper.
        IncreaseForm increase = Same(a.Increase, a.Sum) && (previous == IncreaseForm.Sum || !Same(a.Increase, 0)) ? IncreaseForm.Sum
            : Same(a.Increase, 0) ? IncreaseForm.Zero
            : IncreaseForm.Own;
        return new Shape(single, increase, a.LastAt - window.StartMs);
    }

    private static void WriteShape(BitWriter bits, Shape shape, Shape previous)
    {
        bool usual = shape == previous with { Single = true };
        bits.Write(usual ? 1UL : 0UL, 1);
        if (usual)
        {
            return;
        }
        bits.Write(shape.Single ? 1UL : 0UL, 1);
        bits.Write((ulong)shape.Increase, IncreaseBits);
        bits.Write(shape.LastOffset == previous.LastOffset ? 0UL : 1UL, 1);
        if (shape.LastOffset != previous.LastOffset)
        {
            bits.Write((ulong)shape.LastOffset, OffsetBits);
        }
    }

    private static void WriteFigures(BitWriter bits, Shape shape, in WindowAggregate a, in WindowAggregate previous)
    {
        ValueCodec.Write(bits, a.Last, previous.Last);
        if (!shape.Single)
        {
            ValueCodec.Write(bits, a.Count, previous.Count);
            ValueCodec.Write(bits, a.Sum, previous.Sum);
            ValueCodec.Write(bits, a.Min, previous.Min);
            ValueCodec.Write(bits, a.Max, previous.Max);
        }
        if (shape.Increase == IncreaseForm.Own)
        {
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
        private Shape _shape;

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
            _shape = _bits.ReadBit() ? _shape with { Single = true } : ReadShape();
            bool single = _shape.Single;
            a.Last = ValueCodec.Read(ref _bits, _previous.Last);
            a.Count = single ? 1 : ValueCodec.Read(ref _bits, _previous.Count);
            a.Sum = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Sum);
            a.Min = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Min);
            a.Max = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Max);
            a.Increase = _shape.Increase switch
            {
                IncreaseForm.Zero => 0,
                IncreaseForm.Sum => a.Sum,
                _ => ValueCodec.Read(ref _bits, _previous.Increase),
            };
            a.LastAt = Current.StartMs + _shape.LastOffset;
            Current.Aggregate = a;
            Current.Sketch = _sketches ? ReadSketch() : null;
            _previous = a;
            return true;
        }

        private Shape ReadShape()
        {
            bool single = _bits.ReadBit();
            var increase = (IncreaseForm)_bits.Read(IncreaseBits);
            return new Shape(single, increase, _bits.ReadBit() ? (long)_bits.Read(OffsetBits) : _shape.LastOffset);
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
