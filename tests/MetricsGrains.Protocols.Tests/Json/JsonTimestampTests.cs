using System.Globalization;
using System.Text;
using MetricsGrains.Protocols.Json;

namespace MetricsGrains.Protocols.Tests.Json;

public class JsonTimestampTests
{
    [Theory]
    [InlineData("\"1970-01-01T00:00:00Z\"", 0)]
    [InlineData("\"2100-01-01T00:00:00Z\"", 4_102_444_800_000)]
    [InlineData("\"2024-02-29T23:59:59.999Z\"", 1_709_251_199_999)]
    [InlineData("\"2024-02-29t23:59:59.9999999z\"", 1_709_251_199_999)]
    [InlineData("\"2024-02-29 23:59:59.9-00:30\"", 1_709_252_999_900)]
    [InlineData("\"2024-02-29T23:59+05:30\"", 1_709_231_340_000)]
    [InlineData("\"2024-02-29T23:59:59+0530\"", 1_709_231_399_000)]
    [InlineData("\"2024-02-29T23:59:59\\u002B0530\"", 1_709_231_399_000)]
    [InlineData("\"2024-02-29T23:59:59-08\"", 1_709_279_999_000)]
    [InlineData("\"2016-12-31T23:59:60Z\"", 1_483_228_800_000)]
    [InlineData("\"0001-01-01T00:00:00Z\"", -62_135_596_800_000)]
    [InlineData("\"9999-12-31T23:59:59.999Z\"", 253_402_300_799_999)]
    [InlineData("0", 0)]
    [InlineData("-1", -1)]
    [InlineData("1709251199999", 1_709_251_199_999)]
    [InlineData("1.709251199999e12", 1_709_251_199_999)]
    [InlineData("4102444800000", 4_102_444_800_000)]
    public void Timestamp_Good_UnixMs(string json, long expected)
    {
        (JsonPointStatus status, long? unixMs) = Read(json);
        Assert.Equal(JsonPointStatus.Ok, status);
        Assert.Equal(expected, unixMs);
    }

    [Theory]
    [InlineData("\"\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-02-30T00:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2023-02-29T00:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-13-01T00:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-00-01T00:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-00T00:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T24:00:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:60:00Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:61Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00.Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00+24:00\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00+01:60\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00+1\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00ZZ\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00 Z\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01\"", JsonPointStatus.BadTimestamp)]
    [InlineData("\"2024-01-01T00:00:00\"", JsonPointStatus.TimestampWithoutZone)]
    [InlineData("\"0000-01-01T00:00:00Z\"", JsonPointStatus.TimestampOutOfRange)]
    [InlineData("1709251199999.5", JsonPointStatus.BadTimestamp)]
    [InlineData("253402300800000", JsonPointStatus.TimestampOutOfRange)]
    [InlineData("-62135596800001", JsonPointStatus.TimestampOutOfRange)]
    [InlineData("1709251199999000000", JsonPointStatus.TimestampOutOfRange)]
    [InlineData("1e400", JsonPointStatus.TimestampOutOfRange)]
    [InlineData("true", JsonPointStatus.BadTimestamp)]
    public void Timestamp_Bad_Refused(string json, JsonPointStatus expected) => Assert.Equal(expected, Read(json).Status);

    [Fact]
    public void Timestamp_RandomTimes_AsDateTimeOffsetReadsThem()
    {
        const int seed = 8601;
        var random = new Random(seed);
        for (int i = 0; i < 100_000; i++)
        {
            long unixMs = random.NextInt64(-62_000_000_000_000, 253_300_000_000_000);
            DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToOffset(TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60)));
            string text = time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
            Assert.True(Read($"\"{text}\"") == (JsonPointStatus.Ok, unixMs), $"seed {seed}: {text}");
        }
    }

    private static (JsonPointStatus Status, long? UnixMs) Read(string json)
    {
        var reader = new JsonPointReader(Encoding.UTF8.GetBytes($$"""{"name":"a","value":1,"timestamp":{{json}}}"""), new JsonPointScratch());
        Assert.True(reader.MoveNext());
        return (reader.Current.Status, reader.Current.TimestampMs);
    }
}
