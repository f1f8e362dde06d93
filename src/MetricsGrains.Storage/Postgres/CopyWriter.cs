using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Writes rows into a table by binary COPY. Encodes by itself: a call into the driver for each of a dozen columns costs more
/// than all else. Disposed without <see cref="CompleteAsync"/> it takes back what it wrote, and the transaction is lost.
/// Source: PostgreSQL documentation, COPY, "Binary Format".
/// </summary>
internal sealed class CopyWriter : IAsyncDisposable
{
    private const int FlushAt = 1 << 17;
    private const int TimestampTzOid = 1184;
    private const int Float8Oid = 701;

    private readonly NpgsqlRawCopyStream _stream;
    private byte[] _buffer = new byte[FlushAt + (1 << 14)];
    private int _length;
    private bool _completed;

    private CopyWriter(NpgsqlRawCopyStream stream) => _stream = stream;

    /// <param name="target">"table (column, …)", in the order in which every row's values are going to be written.</param>
    public static async Task<CopyWriter> BeginAsync(Session session, string target, CancellationToken cancel)
    {
        var writer = new CopyWriter(await session.Connection.BeginRawBinaryCopyAsync($"COPY {target} FROM STDIN (FORMAT BINARY)", cancel));
        ReadOnlySpan<byte> signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0];
        signature.CopyTo(writer.Take(signature.Length));
        // No flags, no header extension.
        writer.Take(8).Clear();
        return writer;
    }

    /// <summary>Begins a row of as many values; sends what has piled up.</summary>
    public ValueTask BeginRowAsync(short columns, CancellationToken cancel)
    {
        if (_length < FlushAt)
        {
            BinaryPrimitives.WriteInt16BigEndian(Take(2), columns);
            return ValueTask.CompletedTask;
        }
        return SendThenBeginAsync(columns, cancel);
    }

    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    public void Int16(short value)
    {
        Span<byte> at = Take(6);
        BinaryPrimitives.WriteInt32BigEndian(at, 2);
        BinaryPrimitives.WriteInt16BigEndian(at[4..], value);
    }

    public void Int64(long value)
    {
        Span<byte> at = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(at, 8);
        BinaryPrimitives.WriteInt64BigEndian(at[4..], value);
    }

    public void Time(long unixMs) => Int64(PgTime.FromUnixMs(unixMs));

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Take(4), value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <summary>A jsonb value: its text behind the format's version.</summary>
    public void Json(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        BinaryPrimitives.WriteInt32BigEndian(Take(4), length + 1);
        Take(1)[0] = 1;
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    public void Times(IReadOnlyList<long> unixMs, int from, int count)
    {
        Span<byte> at = BeginArray(TimestampTzOid, count);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(at, 8);
            BinaryPrimitives.WriteInt64BigEndian(at[4..], PgTime.FromUnixMs(unixMs[from + i]));
            at = at[12..];
        }
    }

    public void Doubles(IReadOnlyList<double> values, int from, int count)
    {
        Span<byte> at = BeginArray(Float8Oid, count);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(at, 8);
            BinaryPrimitives.WriteDoubleBigEndian(at[4..], values[from + i]);
            at = at[12..];
        }
    }

    public async Task CompleteAsync(CancellationToken cancel)
    {
        BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);
        await _stream.WriteAsync(_buffer.AsMemory(0, _length), cancel);
        _completed = true;
        // Ends the COPY, and throws what the server has to say about it.
        await _stream.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_completed)
        {
            return;
        }
        _completed = true;
        try
        {
            await _stream.CancelAsync();
            await _stream.DisposeAsync();
        }
        catch (Exception fault) when (fault is NpgsqlException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The fault that led here is the one to report; the transaction is rolled back with or without this.
        }
    }

    private async ValueTask SendThenBeginAsync(short columns, CancellationToken cancel)
    {
        await _stream.WriteAsync(_buffer.AsMemory(0, _length), cancel);
        _length = 0;
        BinaryPrimitives.WriteInt16BigEndian(Take(2), columns);
    }

    private Span<byte> BeginArray(int elementOid, int count)
    {
        const int Head = 20;
        Span<byte> at = Take(4 + Head + (count * 12));
        BinaryPrimitives.WriteInt32BigEndian(at, Head + (count * 12));
        BinaryPrimitives.WriteInt32BigEndian(at[4..], 1); // dimensions
        BinaryPrimitives.WriteInt32BigEndian(at[8..], 0); // no nulls
        BinaryPrimitives.WriteInt32BigEndian(at[12..], elementOid);
        BinaryPrimitives.WriteInt32BigEndian(at[16..], count);
        BinaryPrimitives.WriteInt32BigEndian(at[20..], 1); // SQL counts from 1
        return at[24..];
    }

    private Span<byte> Take(int length)
    {
        if (_buffer.Length - _length < length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        }
        _length += length;
        return _buffer.AsSpan(_length - length, length);
    }
}
