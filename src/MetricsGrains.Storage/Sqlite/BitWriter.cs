namespace MetricsGrains.Storage.Sqlite;

/// <summary>Writes bits into growing bytes, the highest bit of a byte first.</summary>
internal sealed class BitWriter
{
    private byte[] _bytes = new byte[256];
    private int _bits;

    public void Clear() => _bits = 0;

    /// <param name="count">0 to 64; only the low bits of <paramref name="value"/> are written.</param>
    public void Write(ulong value, int count)
    {
        int need = (_bits + count + 7) / 8;
        if (need > _bytes.Length)
        {
            Array.Resize(ref _bytes, need * 2);
        }
        while (count > 0)
        {
            int at = _bits >> 3;
            int free = 8 - (_bits & 7);
            int take = Math.Min(free, count);
            if (free == 8)
            {
                _bytes[at] = 0;
            }
            ulong part = (value >> (count - take)) & ((1ul << take) - 1);
            _bytes[at] |= (byte)(part << (free - take));
            _bits += take;
            count -= take;
        }
    }

    /// <summary>What was written, the last byte filled up with zeros; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, (_bits + 7) / 8);
}
