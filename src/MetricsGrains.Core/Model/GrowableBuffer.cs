using System.Buffers.Binary;
using System.Text;

namespace MetricsGrains.Core.Model;

/// <summary>Bytes that are appended to; keeps its array when cleared. A mutable struct: hold it in a field, never copy it.</summary>
internal struct GrowableBuffer
{
    private byte[]? _bytes;

    public int Length { get; private set; }

    /// <summary>Bytes it holds on to.</summary>
    public readonly int Capacity => _bytes?.Length ?? 0;

    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>At least <paramref name="size"/> free bytes; follow with <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_bytes is null || _bytes.Length - Length < size)
        {
            Array.Resize(ref _bytes, Math.Max(Math.Max(64, Length + size), (_bytes?.Length ?? 0) * 2));
        }
        return _bytes.AsSpan(Length);
    }

    /// <summary>Bytes written before, to be filled in now.</summary>
    public readonly Span<byte> At(int start, int count) => _bytes.AsSpan(0, Length).Slice(start, count);

    public void Advance(int count) => Length += count;

    public void AppendVarint(ulong value) => Advance(Varint.Write(Reserve(Varint.MaxLength), value));

    public void AppendUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
        Advance(8);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Advance(bytes.Length);
    }

    public void AppendPrefixed(ReadOnlySpan<byte> bytes)
    {
        AppendVarint((ulong)bytes.Length);
        Append(bytes);
    }

    /// <summary>UTF-8 behind its length.</summary>
    /// <param name="more">Added to the length that is written.</param>
    public void AppendText(string text, int more = 0)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        AppendVarint((ulong)(length + more));
        Advance(Encoding.UTF8.GetBytes(text, Reserve(length)));
    }

    /// <summary>Puts the length of all that was appended since <paramref name="start"/> in front of it. Moves those bytes: cheaper than to measure them first, or to keep them apart.</summary>
    public void PrefixFrom(int start)
    {
        int length = Length - start;
        int shift = Varint.LengthOf((ulong)length);
        Reserve(shift);
        Span<byte> from = _bytes.AsSpan(start);
        from[..length].CopyTo(from[shift..]);
        Varint.Write(from, (ulong)length);
        Advance(shift);
    }
}
