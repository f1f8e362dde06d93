namespace MetricsGrains.Core.Model;

/// <summary>Appends bits, high bit first, to a buffer that grows. Reusable.</summary>
public sealed class BitWriter
{
    private byte[] _bytes = new byte[256];
    private int _length;
    private ulong _pending;
    private int _pendingBits;

    public void Clear()
    {
        _length = 0;
        _pending = 0;
        _pendingBits = 0;
    }

    /// <param name="count">0…64; only so many low bits of <paramref name="bits"/> are written.</param>
    public void Write(ulong bits, int count)
    {
        if (count > 32)
        {
            Write(bits >> 32, count - 32);
            count = 32;
        }
        _pending = (_pending << count) | (bits & ((1UL << count) - 1));
        _pendingBits += count;
        while (_pendingBits >= 8)
        {
            if (_length == _bytes.Length)
            {
                Array.Resize(ref _bytes, _length * 2);
            }
            _pendingBits -= 8;
            _bytes[_length++] = (byte)(_pending >> _pendingBits);
        }
    }

    /// <summary>What was written, padded with zero bits to a whole byte; valid until the next call.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        if (_pendingBits > 0)
        {
            Write(0, 8 - _pendingBits);
        }
        return _bytes.AsSpan(0, _length);
    }
}
