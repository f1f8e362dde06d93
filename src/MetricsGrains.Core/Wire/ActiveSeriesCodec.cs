using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of a list of <see cref="ActiveSeries"/> on its way to another silo; docs/formats/grain-messages.md draws them.</summary>
public static class ActiveSeriesCodec
{
    public const byte Version = 1;

    private const int LeastBytes = 12;

    public static byte[] Encode(IReadOnlyList<ActiveSeries> series)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Unsigned((ulong)series.Count);
        long previousMs = 0;
        for (int i = 0; i < series.Count; i++)
        {
            int start = to.Length;
            to.UInt64(series[i].Id.Value);
            to.Bytes(series[i].Tags.Canonical);
            to.Signed(unchecked(series[i].LastSeenMs - previousMs));
            to.PrefixFrom(start);
            previousMs = series[i].LastSeenMs;
        }
        return to.Finish();
    }

    /// <returns>In the order in which they were written.</returns>
    /// <exception cref="MessageFormatException">The bytes are no list of series that this version understands.</exception>
    public static IReadOnlyList<ActiveSeries> Decode(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "A list of series", Version);
        var series = new ActiveSeries[from.Count(LeastBytes)];
        long previousMs = 0;
        for (int i = 0; i < series.Length; i++)
        {
            MessageReader one = from.Nested();
            series[i] = new ActiveSeries(new SeriesId(one.UInt64()), one.Tags(), unchecked(previousMs + one.Signed()));
            previousMs = series[i].LastSeenMs;
        }
        return series;
    }
}
