using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Wire;

/// <summary>
/// Writes a message in the building blocks of docs/formats/grain-messages.md. Each thread keeps one and its buffer for the next message, so that a message
/// costs its own array and nothing else. Not thread-safe; never kept over an await.
/// </summary>
internal sealed class MessageWriter
{
    /// <summary>A larger buffer is let go: one answer of 10,000 groups must not stay with every thread that ever gave one.</summary>
    private const int KeptBytes = 1 << 20;

    [ThreadStatic]
    private static MessageWriter? t_idle;

    private GrowableBuffer _buffer;

    public int Length => _buffer.Length;

    /// <summary>Begins a message; <see cref="Finish"/> ends it. One that is left unfinished is only lost.</summary>
    public static MessageWriter Start(byte version)
    {
        MessageWriter writer = t_idle ?? new MessageWriter();
        t_idle = null;
        writer._buffer.Clear();
        writer.Byte(version);
        return writer;
    }

    /// <summary>The message. The writer must not be used any more.</summary>
    public byte[] Finish()
    {
        byte[] message = _buffer.Written.ToArray();
        if (_buffer.Capacity <= KeptBytes)
        {
            t_idle = this;
        }
        return message;
    }

    public Span<byte> Reserve(int size) => _buffer.Reserve(size);

    public void Advance(int count) => _buffer.Advance(count);

    /// <summary>Makes a <c>bytes</c> of all since <paramref name="start"/>, a <see cref="Length"/> taken before.</summary>
    public void PrefixFrom(int start) => _buffer.PrefixFrom(start);

    public void Byte(byte value)
    {
        Reserve(1)[0] = value;
        Advance(1);
    }

    public void Unsigned(ulong value) => _buffer.AppendVarint(value);

    public void Signed(long value) => _buffer.AppendVarint(Varint.ZigZag(value));

    public void UInt64(ulong value) => _buffer.AppendUInt64(value);

    public void Double(double value) => _buffer.AppendUInt64(BitConverter.DoubleToUInt64Bits(value));

    public void Bytes(ReadOnlySpan<byte> bytes) => _buffer.AppendPrefixed(bytes);

    public void Text(string text) => _buffer.AppendText(text);

    /// <summary>Lengths are one more than they are; 0 is null.</summary>
    public void OptionalText(string? text)
    {
        if (text is null)
        {
            Unsigned(0);
            return;
        }
        _buffer.AppendText(text, 1);
    }

    public void Sketch(ExponentialSketch sketch)
    {
        int length = sketch.EncodedLength;
        Unsigned((ulong)length);
        // Not WriteTo, which would walk the buckets once more to measure them.
        ExponentialSketchFormat.Write(Reserve(length), sketch.Scale, sketch.ZeroCount, in sketch.PositiveStore, in sketch.NegativeStore);
        Advance(length);
    }

    public void Distinct(HyperLogLog distinct)
    {
        int start = Length;
        Advance(distinct.WriteTo(Reserve(distinct.MaxEncodedLength)));
        PrefixFrom(start);
    }
}
