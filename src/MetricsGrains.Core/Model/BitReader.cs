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
    public readonly bool AtEnd => _at == _bytes.Length && (_pending & ((1UL << _pendingBits) - 1)) == 0;

    /// <param name="count">0…64.</param>
    public ulong Read(int count)
    {
        if (count > 32)
        {
            ulong high = Read(count - 32);
            return (high << 32) | Read(32);
        }
        while (_pendingBits < count)
        {
            _pending = (_pending << 8) | (_at < _bytes.Length ? _bytes[_at] : 0UL);
            _at++;
            _pendingBits += 8;
        }
        _pendingBits -= count;
        return (_pending >> _pendingBits) & ((1UL << count) - 1);
    }

    public bool ReadBit() => Read(1) != 0;
}
