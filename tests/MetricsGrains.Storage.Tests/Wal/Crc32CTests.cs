using System.Text;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Storage.Tests.Wal;

public sealed class Crc32CTests
{
    [Fact]
    public void Compute_Rfc3720Vectors_Match()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void Compute_AnyLengthAndAlignment_EqualsBitwise()
    {
        byte[] bytes = new byte[600];
        new Random(7).NextBytes(bytes);
        for (int begin = 0; begin < 9; begin++)
        {
            for (int length = 0; length < 580; length += length < 40 ? 1 : 37)
            {
                Assert.Equal(Bitwise(bytes.AsSpan(begin, length)), Crc32C.Compute(bytes.AsSpan(begin, length)));
            }
        }
    }

    [Fact]
    public void Compute_WithPrefix_EqualsPrefixedBytes()
    {
        byte[] prefixed = [.. BitConverter.GetBytes(0x0123456789ABCDEFul), .. Encoding.UTF8.GetBytes("metrics")];
        Assert.Equal(Bitwise(prefixed), Crc32C.Compute(0x0123456789ABCDEF, "metrics"u8));
    }

    private static uint Bitwise(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }
}
