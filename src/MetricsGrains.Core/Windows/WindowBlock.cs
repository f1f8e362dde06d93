using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Windows;

/// <summary>One window with what belongs to it besides numbers.</summary>
internal struct SealedWindow
{
    public long StartMs;
    public WindowAggregate Aggregate;

    /// <summary>A sketch's or HyperLogLog's compact form; null for plain numbers, and where it is the sketch of the one value that there is.</summary>
    public byte[]? Sketch;
}

/// <summary>
/// Ten minutes of closed 10-second windows of one series, compressed. In memory only, so it has no version. After a bit for each
/// of the 60 windows (is it there?) and the frames of its figures come, window by window: its shape (one bit when it is that of the window before);
/// the figures against the window before; the sketch, of which a bit is left when it is that of a single sample's value.
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

    private static Shape FirstShape => new(Single: true, IncreaseForm.Zero, LastOffset: 0);

    /// <param name="windows">In time order, all in the block that starts at <paramref name="blockMs"/>.</param>
    public static byte[] Encode(BitWriter bits, long blockMs, ReadOnlySpan<SealedWindow> windows, MetricKind kind)
    {
        bits.Clear();
        ulong present = 0;
        foreach (ref readonly SealedWindow window in windows)
        {
            present |= 1UL << (int)((window.StartMs - blockMs) / Resolution.TenSeconds);
        }
        bits.Write(present, Windows);
        Frames frames = Frames.Of(windows);
        frames.Write(bits);
        WindowAggregate previous = default;
        Shape previousShape = FirstShape;
        foreach (ref readonly SealedWindow window in windows)
        {
            Shape shape = ShapeOf(in window, previousShape.Increase);
            WriteShape(bits, shape, previousShape);
            WriteFigures(bits, shape, in frames, in window.Aggregate, in previous);
            if (HasSketch(kind))
            {
                WriteSketch(bits, in window, kind);
            }
            previous = window.Aggregate;
            previousShape = shape;
        }
        return bits.Finish().ToArray();
    }

    public static bool HasSketch(MetricKind kind) => MetricKinds.HasSketch(kind) || kind == MetricKind.Set;

    private static void WriteSketch(BitWriter bits, in SealedWindow window, MetricKind kind)
    {
        bool ofOneValue = window.Sketch is null
            || (MetricKinds.HasSketch(kind) && IsSingle(in window.Aggregate) && ExponentialSketchReader.IsOf(window.Sketch, window.Aggregate.Last));
        bits.Write(ofOneValue ? 1UL : 0UL, 1);
        if (!ofOneValue)
        {
            bits.Write((ulong)window.Sketch!.Length, SketchLengthBits);
            foreach (byte b in window.Sketch)
            {
                bits.Write(b, 8);
            }
        }
    }

    private static Shape ShapeOf(in SealedWindow window, IncreaseForm previous)
    {
        ref readonly WindowAggregate a = ref window.Aggregate;
        bool single = IsSingle(in a);
        // A counter's window of 0 fits two forms: the one before is the cheaper.
        IncreaseForm increase = Same(a.Increase, a.Sum) && (previous == IncreaseForm.Sum || !Same(a.Increase, 0)) ? IncreaseForm.Sum
            : Same(a.Increase, 0) ? IncreaseForm.Zero
            : IncreaseForm.Own;
        return new Shape(single, increase, a.LastAt - window.StartMs);
    }

    private static void WriteShape(BitWriter bits, Shape shape, Shape previous)
    {
        bool usual = shape == previous;
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

    private static void WriteFigures(BitWriter bits, Shape shape, in Frames frames, in WindowAggregate a, in WindowAggregate previous)
    {
        ValueCodec.Write(bits, a.Last, previous.Last, frames.Last);
        if (!shape.Single)
        {
            ValueCodec.Write(bits, a.Count, previous.Count, frames.Count);
            ValueCodec.Write(bits, a.Sum, previous.Sum, frames.Sum);
            ValueCodec.Write(bits, a.Min, previous.Min, frames.Min);
            ValueCodec.Write(bits, a.Max, previous.Max, frames.Max);
        }
        if (shape.Increase == IncreaseForm.Own)
        {
            ValueCodec.Write(bits, a.Increase, previous.Increase, frames.Increase);
        }
    }

    private static bool IsSingle(in WindowAggregate a) => a.Count == 1 && Same(a.Sum, a.Last) && Same(a.Min, a.Last) && Same(a.Max, a.Last);

    private static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    /// <summary>A block's frames, figure by figure. Only the last value's and the increase's are there when every window is a single sample.</summary>
    private struct Frames
    {
        public DecimalFrame Last, Count, Sum, Min, Max, Increase;
        private bool _allSingle;

        public static Frames Of(ReadOnlySpan<SealedWindow> windows)
        {
            Span<double> figures = stackalloc double[Windows];
            figures = figures[..windows.Length];
            var frames = new Frames { _allSingle = true };
            for (int i = 0; i < figures.Length; i++)
            {
                frames._allSingle &= IsSingle(in windows[i].Aggregate);
            }
            frames.Last = Of(windows, figures, static (in WindowAggregate a) => a.Last);
            frames.Increase = Of(windows, figures, static (in WindowAggregate a) => a.Increase);
            if (!frames._allSingle)
            {
                frames.Count = Of(windows, figures, static (in WindowAggregate a) => a.Count);
                frames.Sum = Of(windows, figures, static (in WindowAggregate a) => a.Sum);
                frames.Min = Of(windows, figures, static (in WindowAggregate a) => a.Min);
                frames.Max = Of(windows, figures, static (in WindowAggregate a) => a.Max);
            }
            return frames;
        }

        public static Frames Read(ref BitReader bits)
        {
            var frames = new Frames { _allSingle = bits.ReadBit(), Last = ReadOne(ref bits), Increase = ReadOne(ref bits) };
            if (!frames._allSingle)
            {
                frames.Count = ReadOne(ref bits);
                frames.Sum = ReadOne(ref bits);
                frames.Min = ReadOne(ref bits);
                frames.Max = ReadOne(ref bits);
            }
            return frames;
        }

        public readonly void Write(BitWriter bits)
        {
            bits.Write(_allSingle ? 1UL : 0UL, 1);
            WriteOne(bits, Last);
            WriteOne(bits, Increase);
            if (!_allSingle)
            {
                WriteOne(bits, Count);
                WriteOne(bits, Sum);
                WriteOne(bits, Min);
                WriteOne(bits, Max);
            }
        }

        private static DecimalFrame Of(ReadOnlySpan<SealedWindow> windows, Span<double> figures, Figure figure)
        {
            for (int i = 0; i < figures.Length; i++)
            {
                figures[i] = figure(in windows[i].Aggregate);
            }
            return ValueCodec.FrameOf(figures);
        }

        private static void WriteOne(BitWriter bits, DecimalFrame frame)
        {
            bits.Write((ulong)frame.Scale, DecimalFrame.ScaleBits);
            bits.Write((ulong)frame.Width, DecimalFrame.WidthBits);
        }

        private static DecimalFrame ReadOne(ref BitReader bits) => new((int)bits.Read(DecimalFrame.ScaleBits), (int)bits.Read(DecimalFrame.WidthBits));

        private delegate double Figure(in WindowAggregate aggregate);
    }

    /// <summary>Walks a block. A window's sketch is read only when it is asked for.</summary>
    public ref struct Decoder
    {
        private readonly long _blockMs;
        private readonly MetricKind _kind;
        private readonly Frames _frames;
        private BitReader _bits;
        private ulong _present;
        private WindowAggregate _previous;
        private Shape _shape;
        private int _sketchBytes;

        public Decoder(long blockMs, ReadOnlySpan<byte> bytes, MetricKind kind)
        {
            _blockMs = blockMs;
            _kind = kind;
            _bits = new BitReader(bytes);
            _present = _bits.Read(Windows);
            _frames = Frames.Read(ref _bits);
            _shape = FirstShape;
        }

        /// <summary>The window's figures; see <see cref="CopySketch"/>.</summary>
        public SealedWindow Current;

        public bool MoveNext()
        {
            _bits.Skip(_sketchBytes * 8);
            _sketchBytes = 0;
            if (_present == 0)
            {
                return false;
            }
            int index = System.Numerics.BitOperations.TrailingZeroCount(_present);
            _present &= _present - 1;
            Current.StartMs = _blockMs + (index * Resolution.TenSeconds);
            WindowAggregate a = default;
            _shape = _bits.ReadBit() ? _shape : ReadShape();
            bool single = _shape.Single;
            a.Last = ValueCodec.Read(ref _bits, _previous.Last, _frames.Last);
            a.Count = single ? 1 : ValueCodec.Read(ref _bits, _previous.Count, _frames.Count);
            a.Sum = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Sum, _frames.Sum);
            a.Min = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Min, _frames.Min);
            a.Max = single ? a.Last : ValueCodec.Read(ref _bits, _previous.Max, _frames.Max);
            a.Increase = _shape.Increase switch
            {
                IncreaseForm.Zero => 0,
                IncreaseForm.Sum => a.Sum,
                _ => ValueCodec.Read(ref _bits, _previous.Increase, _frames.Increase),
            };
            a.LastAt = Current.StartMs + _shape.LastOffset;
            Current.Aggregate = a;
            if (HasSketch(_kind) && !_bits.ReadBit())
            {
                _sketchBytes = (int)_bits.Read(SketchLengthBits);
            }
            _previous = a;
            return true;
        }

        /// <summary>Adds the current window's sketch to a point of a kind that has one. Once a window.</summary>
        /// <param name="buffer">Room for the bytes, replaced when it is too small.</param>
        public void MergeSketchInto(AggregatePoint point, ref byte[] buffer)
        {
            if (_sketchBytes == 0)
            {
                (point.Sketch ??= new ExponentialSketch()).Add(Current.Aggregate.Last);
                return;
            }
            if (buffer.Length < _sketchBytes)
            {
                buffer = new byte[_sketchBytes * 2];
            }
            Span<byte> sketch = buffer.AsSpan(0, _sketchBytes);
            _bits.Read(sketch);
            _sketchBytes = 0;
            if (_kind == MetricKind.Set)
            {
                point.TryMergeEncoded(_kind, sketch);
                return;
            }
            (point.Sketch ??= new ExponentialSketch()).MergeValid(sketch);
        }

        /// <summary>The current window's sketch as <see cref="SealedWindow.Sketch"/> has it. Once a window, instead of merging it.</summary>
        public byte[]? CopySketch()
        {
            if (_sketchBytes == 0)
            {
                return null;
            }
            byte[] sketch = new byte[_sketchBytes];
            _bits.Read(sketch);
            _sketchBytes = 0;
            return sketch;
        }

        private Shape ReadShape()
        {
            bool single = _bits.ReadBit();
            var increase = (IncreaseForm)_bits.Read(IncreaseBits);
            return new Shape(single, increase, _bits.ReadBit() ? (long)_bits.Read(OffsetBits) : _shape.LastOffset);
        }
    }
}
