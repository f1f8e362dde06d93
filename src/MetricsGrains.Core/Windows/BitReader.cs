namespace MetricsGrains.Core.Windows;

/// <summary>Reads what <see cref="BitWriter"/> wrote. Past the end it reads zeros: blocks are made and read in one process, so an overrun is a bug, not an input.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private ulong _pending;
    private int _pendingBits;

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
