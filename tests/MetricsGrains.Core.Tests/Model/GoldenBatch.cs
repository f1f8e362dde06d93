using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Model;

/// <summary>One batch with everything in it that the format knows, and its bytes in each version.</summary>
internal static class GoldenBatch
{
    public const string Version1 = 
        "4D47420101A0A1A2A3A4A5A6A7A8A9AAABACADAEAF04"
        + "5000000089D84DD8F41A662F010474656D700143020320E8B01E6A00A3BDB301008BFDC5939392CC7E0D01077365727669636503617069028098C296ED662A0001000000000000008004EA07020000000000F07F"
        + "480000000E2CE1EB615CB72B04026D73000102162E52CB58B856CB2A0D01077365727669636503617069018098C296ED66000000000000294000000000000024400300050000000000000040"
        + "2C000000C7D7FB7C3E9C5796050575736572730001010AD1244D25A42FECAA0100008098C296ED66EFCDAB8967452301"
        + "470000000FF157B81095381F0601680001010A947E3AF5BA61637B0100008098C296ED660000000000000840000000000000F03F0000000000000000000000000000F03F06010602010200";

    public static readonly string[] Contents = 
    [
        "slice temp Gauge 'C'",
        "series b3bda3006a1eb0e8 ",
        "series 7ecc929393c5fd8b service:api",
        "0 @1767000000000 4035000000000000 x1",
        "0 @1766999999999 8000000000000000 x1",
        "1 @1767000000500 7FF0000000000002 x1",
        "slice ms Distribution ''",
        "series 2acb56b858cb522e service:api",
        "0 @1767000000000 4029000000000000 x10",
        "0 @1767000000000 C008000000000000 x2",
        "slice users Set ''",
        "series aaec2fa4254d24d1 ",
        "0 @1767000000000 0123456789ABCDEF x1",
        "slice h Histogram ''",
        "series 7b6361baf53a7e94 ",
        "0 @1767000000000 HistogramTotals { Count = 3, Sum = 1, Min = 0, Max = 1 } 010602010200",
    ];

    private const long Now = 1_767_000_000_000;

    public static byte[] Build()
    {
        var batch = new SampleBatchBuilder();
        batch.SetIdempotencyKey([.. Enumerable.Range(0xA0, SampleBatchFormat.KeyBytes).Select(i => (byte)i)]);
        TagSet api = TagSet.Of(("service", "api"));
        SeriesRef gauge = Add(batch, "temp"u8, MetricKind.Gauge, "C"u8, TagSet.Empty);
        batch.Add(gauge, Now, 21);
        batch.Add(gauge, Now - 1, -0.0);
        SeriesRef other = Add(batch, "temp"u8, MetricKind.Gauge, "C"u8, api);
        batch.Add(other, Now + 500, BitConverter.UInt64BitsToDouble(StaleMarker.Bits));
        SeriesRef latency = Add(batch, "ms"u8, MetricKind.Distribution, default, api);
        batch.Add(latency, Now, 12.5, 10);
        batch.Add(latency, Now, -3, 2);
        batch.AddMember(Add(batch, "users"u8, MetricKind.Set, default, TagSet.Empty), Now, 0x0123456789ABCDEF);
        var sketch = new ExponentialSketch();
        sketch.Add(1);
        sketch.Add(0, 2);
        batch.AddHistogram(Add(batch, "h"u8, MetricKind.Histogram, default, TagSet.Empty), Now, new HistogramTotals(3, 1, 0, 1), sketch.ToArray());
        return batch.ToArray();
    }

    private static SeriesRef Add(SampleBatchBuilder batch, ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> unit, TagSet tags) =>
        batch.AddSeries(name, kind, unit, tags.Canonical, SeriesId.Of(name, tags.Canonical));
}
