namespace MetricsGrains.Protocols.StatsD;

/// <summary>Walks the lines of a datagram or of a chunk of a stream. Ends at <c>\n</c> or <c>\r\n</c>; empty lines are skipped.</summary>
public ref struct StatsDLines
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _isWhole;

    /// <param name="bytes">Borrowed by every line.</param>
    /// <param name="isWhole">True for a datagram, whose last line needs no line break. False for a stream: a last piece without one is left, see <see cref="Consumed"/>.</param>
    public StatsDLines(ReadOnlySpan<byte> bytes, bool isWhole = true)
    {
        _bytes = bytes;
        _isWhole = isWhole;
        Current = default;
        Consumed = 0;
    }

    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Bytes walked, line breaks included. After the last line of a stream's chunk the bytes from here on belong to the next chunk.</summary>
    public int Consumed { get; private set; }

    public readonly StatsDLines GetEnumerator() => this;

    public bool MoveNext()
    {
        while (Consumed < _bytes.Length)
        {
            ReadOnlySpan<byte> rest = _bytes[Consumed..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0 && !_isWhole)
            {
                return false;
            }
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            Consumed += end < 0 ? rest.Length : end + 1;
            if (!line.IsEmpty && line[^1] == '\r')
            {
                line = line[..^1];
            }
            if (!line.IsEmpty)
            {
                Current = line;
                return true;
            }
        }
        return false;
    }
}
