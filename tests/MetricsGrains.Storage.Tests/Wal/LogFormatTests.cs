using MetricsGrains.Storage.Wal;
using static MetricsGrains.Storage.Tests.Wal.LogFixture;

namespace MetricsGrains.Storage.Tests.Wal;

/// <summary>Golden bytes of format version 1, computed apart from this code by docs/formats/wal-segment.md. Never edited: another format is another version.</summary>
public sealed class LogFormatTests
{
    private const string Checkpoint = "4D4757414C434B50010000000000000008070605040302010700000000000000FF67E5CF8B0100000000000091C2D21A";

    private const string Segment = 
        "4D4757414C53454701000000000000000807060504030201070000000000000000000000000000000000000000000000FF67E5CF8B0100000000000002D36543" +
        "4D475231C7111E5E07000000B2CFB5AD07000000000000000068E5CF8B0100006D657472696373" +
        "4D475231FE0AC60E00000000000000000800000000000000FFFFFFFFFFFFFFFF";

    private const string ClosedCheckpoint = "4D4757414C434B50010000000100000008070605040302010900000000000000FF67E5CF8B01000000000000CDE80F2B";

    [Fact]
    public async Task Version1_Written_IsTheseBytes()
    {
        await using LogFixture fixture = new();
        Directory.CreateDirectory(fixture.Directory);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Directory, "checkpoint"), Convert.FromHexString(Checkpoint));
        FileIngestLog log = await fixture.OpenAsync();
        Assert.Equal(0x0102030405060708ul, log.LogId);
        Assert.Equal(7ul, await log.AppendAsync("metrics"u8.ToArray(), 1_700_000_000_000, CancellationToken.None));
        Assert.Equal(8ul, await log.AppendAsync(ReadOnlyMemory<byte>.Empty, -1, CancellationToken.None));
        await log.DisposeAsync();

        Assert.Equal("00000000000000000007.wal", Path.GetFileName(Assert.Single(fixture.Segments)));
        Assert.Equal(Segment, Convert.ToHexString(await File.ReadAllBytesAsync(fixture.Segments[0])));
        Assert.Equal(ClosedCheckpoint, Convert.ToHexString(await File.ReadAllBytesAsync(Path.Combine(fixture.Directory, "checkpoint"))));
    }

    [Fact]
    public async Task Version1_Read_IsTheseRecords()
    {
        await using LogFixture fixture = new();
        Directory.CreateDirectory(fixture.Directory);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Directory, "00000000000000000007.wal"), Convert.FromHexString(Segment));
        await File.WriteAllBytesAsync(Path.Combine(fixture.Directory, "checkpoint"), Convert.FromHexString(ClosedCheckpoint));
        FileIngestLog log = await fixture.OpenAsync(policy: CorruptionPolicy.Refuse);
        List<(ulong Sequence, byte[] Batch)> records = await ReadAllAsync(log);
        Assert.Equal((ulong[])[7, 8], records.Select(record => record.Sequence));
        Assert.Equal((byte[][])["metrics"u8.ToArray(), []], records.Select(record => record.Batch));
        Assert.Equal(1_699_999_999_999, log.Release(0, 0));
        Assert.Equal(1_700_000_000_000, log.Release(9, 1_700_000_000_001));
    }

    [Fact]
    public async Task NewerVersion_IsRefusedAndSaysSo()
    {
        await using LogFixture fixture = new();
        Directory.CreateDirectory(fixture.Directory);
        byte[] bytes = Convert.FromHexString(Segment);
        bytes[8] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(60), Crc32C.Compute(bytes.AsSpan(0, 60)));
        await File.WriteAllBytesAsync(Path.Combine(fixture.Directory, "00000000000000000007.wal"), bytes);
        LogCorruptException error = await Assert.ThrowsAsync<LogCorruptException>(() => fixture.OpenAsync());
        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(fixture.Segments[0]));
    }
}
