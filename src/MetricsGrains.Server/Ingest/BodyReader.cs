using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Ingest;

/// <summary>Why a body could not be read.</summary>
internal enum BodyStatus
{
    Ok,
    TooLarge,
    UnknownEncoding,
    BadEncoding,
}

/// <summary>Reads a request's body whole, decompressed, up to a limit on the decompressed size: a bomb is cut off as soon as it grows past it.</summary>
internal static class BodyReader
{
    private const int Step = 65_536;

    /// <param name="body">Rented from the shared pool: return it, whatever the status.</param>
    public static async Task<(BodyStatus Status, byte[] Body, int Length)> ReadAsync(HttpRequest request, int limitBytes, CancellationToken cancel)
    {
        byte[] body = ArrayPool<byte>.Shared.Rent((int)Math.Min(limitBytes, Math.Max(Step, request.ContentLength ?? 0)) + 1);
        if (request.ContentLength > limitBytes)
        {
            return (BodyStatus.TooLarge, body, 0);
        }
        string encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        var compressed = new BodyEnd(request.Body, encoding is "gzip" or "x-gzip");
        Stream? stream = Decompress(request.Body, compressed, encoding);
        if (stream is null)
        {
            return (BodyStatus.UnknownEncoding, body, 0);
        }
        int length = 0;
        try
        {
            while (true)
            {
                if (length == body.Length)
                {
                    body = Grow(body, length);
                }
                int read = await stream.ReadAsync(body.AsMemory(length), cancel);
                length += read;
                if (length > limitBytes + compressed.MarkLength)
                {
                    return (BodyStatus.TooLarge, body, 0);
                }
                if (read == 0)
                {
                    bool isWhole = stream == request.Body || compressed.IsWhole(body.AsSpan(0, length));
                    return isWhole ? (BodyStatus.Ok, body, length - compressed.MarkLength) : (BodyStatus.BadEncoding, body, 0);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            return (BodyStatus.BadEncoding, body, 0);
        }
        finally
        {
            if (stream != request.Body)
            {
                await stream.DisposeAsync();
            }
        }
    }

    private static Stream? Decompress(Stream body, BodyEnd compressed, string encoding) => encoding switch
    {
        "" or "identity" => body,
        "gzip" or "x-gzip" => new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(compressed, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliStream(compressed, CompressionMode.Decompress, leaveOpen: true),
        _ => null,
    };

    private static byte[] Grow(byte[] body, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(body.Length * 2);
        body.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(body);
        return larger;
    }
}
