using System.Text;

namespace MetricsGrains.Protocols.Tests;

/// <summary>Makes nearly valid inputs out of valid ones. Allocates nothing once made, so that what a parser allocates can be seen.</summary>
internal sealed class Mutator(int seed, byte[][] valid, byte[][] pieces)
{
    public const int MaxLength = 1024;

    private readonly Random _random = new(seed);
    private readonly byte[] _buffer = new byte[MaxLength * 2];

    public int Made { get; private set; }

    public string Failure(ReadOnlySpan<byte> input) => $"seed {seed}, input {Made}: {Convert.ToHexString(input)} {Encoding.Latin1.GetString(input)}";

    public static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    public ReadOnlySpan<byte> Next()
    {
        Made++;
        byte[] start = valid[_random.Next(valid.Length)];
        start.CopyTo(_buffer, 0);
        int length = start.Length;
        for (int i = _random.Next(4); i > 0 && length > 0; i--)
        {
            length = Mutate(length);
        }
        return _buffer.AsSpan(0, length);
    }

    private int Mutate(int length)
    {
        int at = _random.Next(length);
        switch (_random.Next(6))
        {
            case 0:
                _buffer[at] = (byte)_random.Next(256);
                return length;
            case 1:
                return at;
            case 2:
                _buffer.AsSpan(at + 1, length - at - 1).CopyTo(_buffer.AsSpan(at));
                return length - 1;
            case 3:
                // A part of the input, again.
                int part = Math.Min(_random.Next(1, 40), length - at);
                return Insert(_buffer.AsSpan(at, part).ToArrayOnStack(stackalloc byte[40]), _random.Next(length), length);
            case 4:
                return Insert(pieces[_random.Next(pieces.Length)], at, length);
            default:
                byte[] other = valid[_random.Next(valid.Length)];
                int from = _random.Next(other.Length);
                return Insert(other.AsSpan(from, Math.Min(other.Length - from, 30)), at, length);
        }
    }

    private int Insert(ReadOnlySpan<byte> piece, int at, int length)
    {
        if (length + piece.Length > MaxLength)
        {
            return length;
        }
        _buffer.AsSpan(at, length - at).CopyTo(_buffer.AsSpan(at + piece.Length));
        piece.CopyTo(_buffer.AsSpan(at));
        return length + piece.Length;
    }
}

internal static class SpanCopies
{
    public static ReadOnlySpan<byte> ToArrayOnStack(this Span<byte> source, Span<byte> room)
    {
        source.CopyTo(room);
        return room[..source.Length];
    }
}
