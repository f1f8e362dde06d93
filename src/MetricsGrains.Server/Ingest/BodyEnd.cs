using System.IO.Compression;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// A compressed body on its way to a decompressor. .NET's take one that breaks off for one that ends there, and half of a sender's points would
/// be acknowledged as all of them. Deflate and brotli say where they end, so a decompressor that still asks for more was cut off. Gzip may go on
/// with another member and always asks: here the body is followed by a member of our own, whose content comes out last only when the body was whole.
/// </summary>
internal sealed class BodyEnd(Stream body, bool isGzip) : Stream
{
    private static readonly byte[] Mark = "\0end of body\0"u8.ToArray();
    private static readonly byte[] MarkMember = Compress(Mark);

    private int _given;
    private bool _ended;

    /// <summary>What the mark adds to the decompressed body.</summary>
    public int MarkLength => isGzip ? Mark.Length : 0;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <param name="decompressed">All of it, mark included. An empty body is whole.</param>
    public bool IsWhole(ReadOnlySpan<byte> decompressed) => isGzip ? decompressed.EndsWith(Mark) : !_ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = _ended ? 0 : await body.ReadAsync(buffer, cancellationToken);
        if (read > 0 || buffer.IsEmpty)
        {
            return read;
        }
        _ended = true;
        if (!isGzip)
        {
            return 0;
        }
        int length = Math.Min(buffer.Length, MarkMember.Length - _given);
        MarkMember.AsMemory(_given, length).CopyTo(buffer);
        _given += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Compress(byte[] plain)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal))
        {
            gzip.Write(plain);
        }
        return bytes.ToArray();
    }
}
