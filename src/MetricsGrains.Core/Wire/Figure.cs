using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Wire;

/// <summary>
/// A double in the shortest of four forms, every bit kept. Two bits of the point's head say which: 0 it is its reference, nothing follows; 1 a whole
/// number, zigzag; 2 thousandths, zigzag: metrics are mostly short decimals; 3 all eight bytes.
/// </summary>
internal readonly ref struct Figure
{
    public const uint Same = 0;
    public const uint Whole = 1;
    public const uint Thousandths = 2;
    public const uint Full = 3;

    /// <summary>Zigzag and varint make eight bytes of the largest below it: never longer than the full form.</summary>
    private const long WholeLimit = 1L << 53;

    private const double ThousandthsLimit = 1L << 50;

    private readonly ulong _content;

    private Figure(uint form, ulong content)
    {
        Form = form;
        _content = content;
    }

    public uint Form { get; }

    public static Figure Of(double value, double reference)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        if (bits == BitConverter.DoubleToUInt64Bits(reference))
        {
            return new Figure(Same, 0);
        }
        long whole = (long)value;
        // Bit equality keeps -0.0 and all that the form can't hold out of it; so below.
        if (whole is > -WholeLimit and < WholeLimit && BitConverter.DoubleToUInt64Bits(whole) == bits)
        {
            return new Figure(Whole, Varint.ZigZag(whole));
        }
        double thousandths = Math.Round(value * 1000);
        if (Math.Abs(thousandths) < ThousandthsLimit && BitConverter.DoubleToUInt64Bits((long)thousandths / 1000.0) == bits)
        {
            return new Figure(Thousandths, Varint.ZigZag((long)thousandths));
        }
        return new Figure(Full, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> destination, ref int position)
    {
        if (Form == Full)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], _content);
            position += sizeof(ulong);
        }
        else if (Form != Same)
        {
            Varint.Write(destination, ref position, _content);
        }
    }

    /// <param name="form">Of the point's head; only the lowest two bits count.</param>
    public static double Read(ref MessageReader from, uint form, double reference) => (form & 3) switch
    {
        Same => reference,
        Whole => from.Signed(),
        Thousandths => from.Signed() / 1000.0,
        _ => from.Double(),
    };
}
