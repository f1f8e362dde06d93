using System.Buffers.Binary;

namespace MetricsGrains.Core.Model;

/// <summary>Reads what <see cref="BitWriter"/> wrote; borrows the bytes. Past the end it reads zeros and sets <see cref="Overrun"/>, which a reader of foreign bytes asks for.</summary>
public ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private ulong _pending;
    private int _pendingBits;

    /// <summary>More bits were read than there are.</summary>
    public readonly bool Overrun => _at > _bytes.Length;

    /// <summary>Whether less than a byte is left, and only zeros.</summary>
    public readonly bool AtEnd => _at == _bytes.Length && _pendingBits < 8 && (_pending & ((1UL << _pendingBits) - 1)) == 0;

    /// <param name="count">0…64.</param>
    public ulong Read(int count)
    {
        if (count > 32)
        {
            ulong high = Read(count - 32);
            return (high << 32) | Read(32);
        }
        if (_pendingBits < count)
        {
            Fetch(count);
        }
        _pendingBits -= count;
        return (_pending >> _pendingBits) & ((1UL << count) - 1);
    }

    public bool ReadBit() => Read(1) != 0;

    /// <summary>Reads whole bytes, wherever in a byte they begin.</summary>
    public void Read(Span<byte> destination)
    {
        for (; destination.Length >= sizeof(uint); destination = destination[sizeof(uint)..])
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Read(32));
        }
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (byte)Read(8);
        }
    }

    /// <param name="count">Bits to pass over, not negative.</param>
    public void Skip(int count)
    {
        if (count > _pendingBits)
        {
            count -= _pendingBits;
            _pendingBits = 0;
            _at += count / 8;
            count %= 8;
        }
        Read(count);
    }

    /// <summary>Four bytes at once where there are so many: fewer than 32 bits are pending when this is called, so they fit.</summary>
    private void Fetch(int count)
    {
        if (_at <= _bytes.Length - sizeof(uint))
        {
            _pending = (_pending << 32) | BinaryPrimitives.ReadUInt32BigEndian(_bytes[_at..]);
            _at += sizeof(uint);
            _pendingBits += 32;
            return;
        }
        while (_pendingBits < count)
        {
            _pending = (_pending << 8) | (_at < _bytes.Length ? _bytes[_at] : 0UL);
            _at++;
            _pendingBits += 8;
        }
    }
}
