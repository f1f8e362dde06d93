using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Sketches;

/// <summary>
/// Reads version 1 of an encoded <see cref="ExponentialSketch"/> bucket by bucket. Borrows the bytes, allocates nothing,
/// never throws; every method answers false on bytes that no sketch writes.
/// </summary>
internal ref struct ExponentialSketchReader(ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;
    private int _position;
    private int _shift;
    private int _left;
    private bool _first;
    private int _index;

    /// <summary>Whether the bytes are exactly one sketch.</summary>
    public static bool IsValid(ReadOnlySpan<byte> encoded)
    {
        var reader = new ExponentialSketchReader(encoded);
        if (!reader.TryReadHeader(out _, out _)) return false;
        for (int sign = 0; sign < 2; sign++)
        {
            if (!reader.TryReadSign(out int buckets)) return false;
            for (; buckets > 0; buckets--)
            {
                if (!reader.TryReadBucket(out _, out _)) return false;
            }
        }

        return reader._position == encoded.Length;
    }

    /// <summary>Whether the bytes are the sketch of one value, counted once.</summary>
    /// <param name="value">Finite.</param>
    public static bool IsOf(ReadOnlySpan<byte> encoded, double value)
    {
        var reader = new ExponentialSketchReader(encoded);
        if (!reader.TryReadHeader(out int shift, out long zeros) || shift != 0 || zeros != (value == 0 ? 1 : 0)) return false;
        for (int sign = 1; sign >= -1; sign -= 2)
        {
            bool here = value * sign > 0;
            if (!reader.TryReadSign(out int buckets) || buckets != (here ? 1 : 0)) return false;
            if (here && !(reader.TryReadBucket(out int index, out long count) && count == 1 && index == ExponentialIndex.Of(BitConverter.DoubleToUInt64Bits(Math.Abs(value))))) return false;
        }

        return reader._position == encoded.Length;
    }

    /// <param name="shift">How many times pairs of buckets were merged: <see cref="ExponentialSketch.MaxScale"/> less the scale.</param>
    public bool TryReadHeader(out int shift, out long zeroCount)
    {
        shift = 0;
        zeroCount = 0;
        if (_encoded.Length < ExponentialSketchFormat.HeaderLength || _encoded[0] != ExponentialSketchFormat.Version) return false;
        int scale = (sbyte)_encoded[1];
        if (scale is < ExponentialSketch.MinScale or > ExponentialSketch.MaxScale) return false;
        _position = ExponentialSketchFormat.HeaderLength;
        if (!Varint.TryReadShortest(_encoded, ref _position, out ulong zeros) || zeros > long.MaxValue) return false;
        shift = _shift = ExponentialSketch.MaxScale - scale;
        zeroCount = (long)zeros;
        return true;
    }

    /// <summary>Begins the positive, then the negative buckets.</summary>
    public bool TryReadSign(out int buckets)
    {
        buckets = 0;
        // A bucket takes a byte or more: a number that promises more than there is needs no further look.
        if (!Varint.TryReadShortest(_encoded, ref _position, out ulong promised) || promised > (ulong)(_encoded.Length - _position)) return false;
        buckets = _left = (int)promised;
        _first = true;
        return true;
    }

    /// <summary>Reads the next bucket of the sign. Indices ascend and lie where a double can.</summary>
    public bool TryReadBucket(out int index, out long count)
    {
        index = 0;
        count = 1;
        if (_left == 0 || !Varint.TryReadShortest(_encoded, ref _position, out ulong head)) return false;
        ulong place = head >> 1;
        if (place > uint.MaxValue) return false;
        long next = _first ? (long)(place >> 1) ^ -(long)(place & 1) : _index + 1L + (long)place;
        if (next < ExponentialIndex.Min >> _shift || next > ExponentialIndex.Max >> _shift) return false;
        if ((head & 1) != 0)
        {
            if (!Varint.TryReadShortest(_encoded, ref _position, out ulong more) || more > long.MaxValue - 2) return false;
            count = (long)more + 2;
        }

        _left--;
        _first = false;
        index = _index = (int)next;
        return true;
    }
}
