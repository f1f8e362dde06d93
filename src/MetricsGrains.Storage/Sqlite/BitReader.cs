namespace MetricsGrains.Storage.Sqlite;

/// <summary>Reads what <see cref="BitWriter"/> wrote. Reading past the end gives zeros and sets <see cref="Overrun"/>.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private long _at;

    public bool Overrun { get; private set; }

    /// <summary>Whether less than a byte is left, and only zeros.</summary>
    public bool AtEnd
    {
        get
        {
            long left = (_bytes.Length * 8L) - _at;
            return left == 0 || (left is > 0 and < 8 && Read((int)left) == 0);
        }
    }

    /// <param name="count">0 to 64.</param>
    public ulong Read(int count)
    {
        if (_at + count > _bytes.Length * 8L)
        {
            Overrun = true;
            _at = _bytes.Length * 8L;
            return 0;
        }
        ulong value = 0;
        while (count > 0)
        {
            int left = 8 - (int)(_at & 7);
            int take = Math.Min(left, count);
            int part = (_bytes[(int)(_at >> 3)] >> (left - take)) & ((1 << take) - 1);
            value = (value << take) | (uint)part;
            _at += take;
            count -= take;
        }
        return value;
    }
}
