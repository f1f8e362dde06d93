using MetricsGrains.Contracts;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Server.Tests.Partitioned;

public sealed class EventEnvelopeTests
{
    private static readonly byte[] s_batch = [.. "MGB"u8, 1, 0, 0];

    /// <summary>Version 1 for ever: an older silo's events are in the hub for days.</summary>
    [Fact]
    public void ToArray_AKnownEnvelope_IsTheseBytes()
    {
        byte[] bytes = new EventEnvelope(0x0102030405060708, 9, 5, 1_767_000_000_000, s_batch).ToArray();

        Assert.Equal(
            "4D474501" + "00000000" + "66AC1C040E335D69" + "0807060504030201" + "0900000000000000" + "0500000000000000" + "004668699B010000" + "4D4742010000",
            Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0UL)]
    [InlineData(77UL)]
    public void TryRead_WhatWasWritten_IsTheSame(ulong? floor)
    {
        byte[] batch = Observed.Batch(Observed.Gauge("m", "a:b", 1_767_000_000_000, 1.5));
        byte[] bytes = new EventEnvelope(7, 8, floor, 9, batch).ToArray();

        Assert.True(EventEnvelope.TryRead(bytes, out EventEnvelope read, out string? reason));
        Assert.Null(reason);
        Assert.Equal((7UL, 8UL, floor, 9L), (read.Sender, read.Number, read.Floor, read.NewestMs));
        Assert.Equal(batch, read.Batch.ToArray());
    }

    [Fact]
    public void TryRead_AnyBitChangedOrCutAnywhere_IsRefusedWithAReason()
    {
        byte[] good = new EventEnvelope(7, 8, null, 9, Observed.Batch(Observed.Gauge("m", "", 5, 1))).ToArray();
        for (int i = 0; i < good.Length; i++)
        {
            // Bytes 4 to 7 are reserved.
            if (i is < 4 or > 7)
            {
                byte[] bad = [.. good];
                bad[i] ^= 0x10;
                Assert.False(EventEnvelope.TryRead(bad, out _, out string? reason), $"byte {i}");
                Assert.NotNull(reason);
            }
            Assert.False(EventEnvelope.TryRead(good.AsMemory(0, i), out _, out _), $"length {i}");
        }
    }

    [Fact]
    public void TryRead_ANewerVersion_IsRefusedByItsNumber()
    {
        byte[] bytes = new EventEnvelope(7, 8, null, 9, s_batch).ToArray();
        bytes[3] = 2;

        Assert.False(EventEnvelope.TryRead(bytes, out _, out string? reason));
        Assert.Equal("version 2, and this program knows 1", reason);
    }
}
