using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MetricsGrains.Notifications.Tests.Chart;

/// <summary>A decoded PNG: checks every chunk's CRC, bit by bit as the specification has it, and undoes the filters.</summary>
internal sealed class PngPicture
{
    private readonly byte[] _rgb;

    private PngPicture(int width, int height, byte[] rgb)
    {
        Width = width;
        Height = height;
        _rgb = rgb;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>0xRRGGBB.</summary>
    public int At(int x, int y)
    {
        int at = ((y * Width) + x) * 3;
        return (_rgb[at] << 16) | (_rgb[at + 1] << 8) | _rgb[at + 2];
    }

    public int Count(int rgb)
    {
        int count = 0;
        for (int i = 0; i < Width * Height; i++)
        {
            count += At(i % Width, i / Width) == rgb ? 1 : 0;
        }
        return count;
    }

    public static PngPicture Decode(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        var chunks = new List<(string Type, byte[] Data)>();
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            Assert.Equal(CrcOf(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            chunks.Add((Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]));
            at += length + 12;
        }
        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Select(c => c.Type));
        byte[] header = chunks[0].Data;
        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
        Assert.Equal([8, 2, 0, 0, 0], header[8..]);
        return new PngPicture(width, height, Unfilter(chunks[1].Data, width * 3, height));
    }

    private static byte[] Unfilter(byte[] compressed, int stride, int height)
    {
        using var zlib = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
        byte[] rgb = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            Assert.Equal(2, zlib.ReadByte());
            zlib.ReadExactly(rgb, y * stride, stride);
            for (int i = 0; y > 0 && i < stride; i++)
            {
                rgb[(y * stride) + i] += rgb[((y - 1) * stride) + i];
            }
        }
        Assert.Equal(-1, zlib.ReadByte());
        return rgb;
    }

    private static uint CrcOf(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }
        return ~crc;
    }
}
