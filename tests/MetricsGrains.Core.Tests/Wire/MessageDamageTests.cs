using MetricsGrains.Core.Tests.Model;
using MetricsGrains.Core.Wire;

namespace MetricsGrains.Core.Tests.Wire;

public sealed class MessageDamageTests
{
    /// <summary>What a byte can cost at most: a point that is as the one before takes one byte in a message and 104 in memory. The rest is the exception's.</summary>
    private const int MostPerByte = 128, MostBesides = 16_384;

    [Fact]
    public void Decode_CutAtEveryByte_ThrowsItsException()
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            for (int seed = 0; seed < 12; seed++)
            {
                (byte[] whole, _) = kind.Make(new Random(seed));
                // No bytes at all are null.
                for (int length = 1; length < Math.Min(whole.Length, 1_000); length++)
                {
                    Check.That(!TryDecode(kind, whole[..length], $"seed {seed} cut at {length}"), $"{kind.Name}, seed {seed}: {length} of {whole.Length} bytes were read as if they were all");
                }
            }
        }
    }

    [Fact]
    public void Decode_NoBytesWhereThereIsNoNull_ThrowsItsException()
    {
        foreach (MessageKind kind in MessageKind.All.Where(k => k.Name is not ("answer" or "summary")))
        {
            Assert.False(TryDecode(kind, [], "empty"));
        }
    }

    [Fact]
    public void Decode_EveryBitFlipped_GivesAValueOrItsException()
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            for (int seed = 0; seed < 8; seed++)
            {
                (byte[] bytes, _) = kind.Make(new Random(seed));
                for (int bit = 0; bit < Math.Min(bytes.Length, 400) * 8; bit++)
                {
                    bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                    TryDecode(kind, bytes, $"seed {seed}, bit {bit}");
                    bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                }
            }
        }
    }

    [Fact]
    public void Decode_MutatedBytes_GivesAValueOrItsException()
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            int read = 0;
            for (int seed = 0; seed < 2_500; seed++)
            {
                var random = new Random(seed);
                read += TryDecode(kind, Mutation.Of(kind.Make(random).Bytes, random), $"seed {seed}") ? 1 : 0;
            }
            // Else the mutations would be too coarse to get behind the first check.
            Check.That(read > 25, $"{kind.Name}: only {read} of 2,500 were read");
        }
    }

    [Fact]
    public void Decode_ReadableMutation_IsWrittenAndReadAgain()
    {
        for (int seed = 0; seed < 2_500; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Mutation.Of(MetricAnswerCodec.Encode(new RandomMessage(random).Answer()), random);
            if (TryDecode(MessageKind.Answer, bytes, $"seed {seed}") && MetricAnswerCodec.Decode(bytes) is { } answer)
            {
                string text = MessageText.Of(answer);
                Check.That(MessageText.Of(MetricAnswerCodec.Decode(MetricAnswerCodec.Encode(answer))) == text, $"seed {seed}: {text}");
            }
        }
    }

    [Theory]
    [InlineData("02")]
    [InlineData("00")]
    [InlineData("FF")]
    public void Decode_AnotherVersion_SaysSo(string version)
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            byte[] bytes = kind.Make(new Random(1)).Bytes;
            bytes[0] = Convert.FromHexString(version)[0];
            var fault = Assert.Throws<MessageFormatException>(() => kind.Decode(bytes));
            Assert.Contains($"form version {bytes[0]}, this program reads 1 to 1", fault.Message, StringComparison.Ordinal);
            Assert.IsAssignableFrom<FormatException>(fault);
        }
    }

    [Theory]
    [InlineData("query", "01" + "00" + "00" + "02" + "00" + "01" + "01" + "03" + "090000", "compares by 9")]
    [InlineData("query", "01" + "00" + "00" + "02" + "02" + "01" + "00", "sketches of kind 2")]
    [InlineData("query", "01" + "00" + "00" + "00" + "00" + "01" + "00", "step is 0 ms")]
    [InlineData("query", "01" + "00" + "00" + "02" + "00" + "FFFFFFFFFFFFFFFFFF01" + "00", "18446744073709551614 items")]
    [InlineData("summaries", "01" + "02" + "0000000000000000000000000000000000000000000000000000", "2 items or bytes where 26 bytes are left, before byte 2")]
    [InlineData("answer", "01" + "07", "kind is 7")]
    [InlineData("answer", "01" + "01" + "00" + "00" + "00" + "8080808010", "2147483648 where")]
    [InlineData("answer", "01" + "01" + "00" + "00" + "00" + "00" + "03" + "000000" + "00", "unit of time is 0 ms")]
    [InlineData("answer", "01" + "01" + "00" + "00" + "00" + "00" + "0B" + "010001" + "07" + "0100" + "01" + "FFFFFF7F" + "00", "a point's head")]
    public void Decode_WhatNoWriterWrites_SaysWhatIsWrong(string name, string hex, string expected)
    {
        var fault = Assert.Throws<MessageFormatException>(() => MessageKind.Named(name).Decode(Convert.FromHexString(hex)));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    /// <returns>Whether it was read. Fails on any other exception and on allocations out of proportion.</returns>
    private static bool TryDecode(MessageKind kind, byte[] bytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool read = true;
        try
        {
            kind.Decode(bytes);
        }
        catch (MessageFormatException)
        {
            read = false;
        }
        catch (Exception other)
        {
            Assert.Fail($"{kind.Name}, {what}: {other}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Check.That(allocated <= MostBesides + ((long)MostPerByte * bytes.Length), $"{kind.Name}, {what}: {allocated} bytes allocated for {bytes.Length}");
        return read;
    }
}
