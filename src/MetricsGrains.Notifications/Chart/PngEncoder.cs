using System.Buffers.Binary;
using System.IO.Compression;

namespace MetricsGrains.Notifications.Chart;

/// <summary>Writes 24-bit pictures as PNG. Source: W3C, "Portable Network Graphics (PNG) Specification", sections 5 and 11.</summary>
internal static class PngEncoder
{
    private const byte Truecolour = 2;
    private const byte FilterUp = 2;

    private static readonly uint[] s_crc = CrcTable();

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <param name="rgb">Rows from top to bottom, three bytes a pixel, nothing between rows.</param>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height)
    {
        var png = new MemoryStream();
        png.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = Truecolour;
        header[10..].Clear();
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(rgb, width * 3, height));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    // A chart's rows mostly repeat the row above, so the differences to it are mostly zero.
    private static byte[] Compress(ReadOnlySpan<byte> rgb, int stride, int height)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] row = new byte[stride + 1];
            row[0] = FilterUp;
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<byte> pixels = rgb.Slice(y * stride, stride);
                for (int i = 0; i < stride; i++)
                {
                    row[i + 1] = (byte)(pixels[i] - (y == 0 ? 0 : rgb[((y - 1) * stride) + i]));
                }
                zlib.Write(row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = s_crc[(crc ^ b) & 0xff] ^ (crc >> 8);
        }
        return crc;
    }

    private static uint[] CrcTable()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
            {
                c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1;
            }
            table[n] = c;
        }
        return table;
    }
}
