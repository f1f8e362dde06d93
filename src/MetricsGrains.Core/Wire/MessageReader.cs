using System.Buffers.Binary;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Wire;

/// <summary>
/// Reads the building blocks of docs/formats/grain-messages.md. Borrows the bytes. Whatever they are, a method gives a value or throws
/// <see cref="MessageFormatException"/>. Exceptions and not a status, because the bytes come from a silo of the same cluster: a bad one fails one call, once.
/// What is behind the last field that a reader asks for is skipped, in a message and in every nested part: a later version's fields.
/// </summary>
internal ref struct MessageReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _message;
    private readonly int _start;
    private int _at;

    private MessageReader(ReadOnlySpan<byte> bytes, string message, int start)
    {
        _bytes = bytes;
        _message = message;
        _start = start;
    }

    public readonly int Remaining => _bytes.Length - _at;

    /// <summary>In the whole message.</summary>
    public readonly int Position => _start + _at;

    /// <param name="message">What the bytes should be, for the exception's text.</param>
    /// <param name="version">The newest form that the caller reads.</param>
    public static MessageReader Start(ReadOnlySpan<byte> bytes, string message, byte version)
    {
        var reader = new MessageReader(bytes, message, 0);
        byte found = reader.Byte();
        if (found == 0 || found > version)
        {
            throw new MessageFormatException($"{message} is of form version {found}, this program reads 1 to {version}: a newer one sent it, or it is damaged.");
        }
        return reader;
    }

    public byte Byte()
    {
        if (Remaining < 1)
        {
            throw Damaged("it ends too early");
        }
        return _bytes[_at++];
    }

    public ulong Unsigned()
    {
        int used = Varint.Read(_bytes[_at..], out ulong value);
        if (used == 0)
        {
            throw Damaged("a number is cut or exceeds 64 bits");
        }
        _at += used;
        return value;
    }

    public long Signed() => Varint.UnZigZag(Unsigned());

    public int Int32()
    {
        long value = Signed();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Damaged($"{value} where a 32-bit number should be");
    }

    public ulong UInt64()
    {
        if (Remaining < sizeof(ulong))
        {
            throw Damaged("it ends too early");
        }
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]);
        _at += sizeof(ulong);
        return value;
    }

    public double Double() => BitConverter.UInt64BitsToDouble(UInt64());

    /// <summary>How many items follow.</summary>
    /// <param name="leastBytes">The least an item takes: more than fit are damage, and must not size an array.</param>
    public int Count(int leastBytes) => Checked(Unsigned(), leastBytes);

    /// <summary>As <see cref="Count"/> of items that may be absent altogether: null.</summary>
    public int? OptionalCount(int leastBytes) => Unsigned() is > 0 and ulong more ? Checked(more - 1, leastBytes) : null;

    public ReadOnlySpan<byte> Bytes() => Take(Count(1));

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public string? OptionalText() => OptionalCount(1) is { } length ? Encoding.UTF8.GetString(Take(length)) : null;

    /// <summary>The part that the next <c>bytes</c> hold.</summary>
    public MessageReader Nested()
    {
        ReadOnlySpan<byte> part = Bytes();
        return new MessageReader(part, _message, _start + _at - part.Length);
    }

    public TagSet Tags()
    {
        ReadOnlySpan<byte> canonical = Bytes();
        return TagSet.IsCanonical(canonical) ? TagSet.FromCanonical(canonical) : throw Damaged("tags are not in canonical form");
    }

    public MetricKind Kind()
    {
        var kind = (MetricKind)Byte();
        return MetricKinds.IsDefined(kind) ? kind : throw Damaged($"a metric's kind is {(byte)kind}, which this program does not know");
    }

    public ExponentialSketch Sketch() => ExponentialSketch.TryDecode(Bytes(), out ExponentialSketch? sketch) ? sketch : throw Damaged("a sketch can't be read");

    public HyperLogLog Distinct() => HyperLogLog.TryDecode(Bytes(), out HyperLogLog? distinct) ? distinct : throw Damaged("a distinct count can't be read");

    public readonly MessageFormatException Damaged(string what) => new($"{_message} can't be read: {what}, before byte {Position}.");

    private readonly int Checked(ulong count, int leastBytes) =>
        count <= (ulong)(Remaining / leastBytes) ? (int)count : throw Damaged($"{count} items or bytes where {Remaining} bytes are left");

    private ReadOnlySpan<byte> Take(int length)
    {
        ReadOnlySpan<byte> part = _bytes.Slice(_at, length);
        _at += length;
        return part;
    }
}
