using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Wire;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>One message of each kind with everything in it that its form knows, and its bytes in version 1. docs/formats/grain-messages.md explains the answer's.</summary>
internal static class GoldenMessage
{
    public const string Query = "018098C296ED6680BAB703A09C010103077365727669636504686F7374030D00077365727669636503617069070104686F7374000E020772C3A967696F6E0465752D2A";

    public const string Answer = 
        "0104026D738098C296ED66E0E9C696ED6604"
        + "51904E8098C296ED6602"
        + "290100030AD00FF8CF020AD7990302B06D0706ABAAAAAAAAAA1EC0555555555555D53F06010600010200"
        + "1D0D0107736572766963650361706901C0B90701FF7C00020E0401000101"
        + "2A090E018098C296ED6601050100010402030100000114026D7301066E6F64652D31AC02078098C296ED66";

    public const string Summary = "010D73686F702E726571756573747302037265710400000000000004400605686F73740000000000C072408098C296ED668040";

    public const string Summaries = "0102320D73686F702E726571756573747302037265710400000000000004400605686F73740000000000C072408098C296ED6680402302C3A9050000000000000000000000000000000000000000FFFFFFFFFFFFFFFFFF0100";

    public const string Series = "010210EFCDAB896745230101008098C296ED661701000000000000000D0107736572766963650361706901";

    public const string Activations = "010204026162020502C3A9AC02";

    public const string ActivationsAnswer = "010205016102000503016200";

    public const string Copy = "01026F31" + "AC02" + "07" + "05" + "03" + "02" + "0908" + "8098C296ED66" + "01FF" + "04C8010100";

    public const string CopyAnswer = "01AC0209";

    public const string Report = "010161" + "0131" + "0E" + "04" + "06" + "10" + "0000000000000440" + "03" + "0B026F31640A02" + "0202733263" + "07016F010100" + "0100" + "060170010100" + "00" + "01" + "0B0162" + "000000000000F03F" + "02" + "08060402";

    /// <summary>As silos wrote it before they said of copies.</summary>
    public const string OlderReport = "010161" + "0131" + "0E" + "04" + "06" + "10" + "0000000000000440" + "01" + "06026F31640A02" + "01" + "0B0162" + "000000000000F03F" + "02" + "08060402";

    public const string DispatchAnswer = "010103BC05AC02D00F020E000101D80408746F6F206D616E7905040A060200";

    private const long Now = 1_767_000_000_000;

    private static TagSet Api => TagSet.Of(("service", "api"));

    public static AggregateQuery MakeQuery() => new(Now, Now + 3_600_000, 10_000,
        [new TagFilter("service", TagMatch.Equal, "api"), new TagFilter("host", TagMatch.NotEqual, ""), new TagFilter("région", TagMatch.Glob, "eu-*")], ["service", "host"], SketchNeed.Yes);

    public static MetricAnswer MakeAnswer()
    {
        AggregatePoint first = Point(Now, (Now + 1_000, 21.5, 1)), second = Point(Now + 10_000, (Now + 11_000, 21.5, 1)), third = Point(Now + 30_000, (Now + 30_000, 1.0 / 3, 1), (Now + 38_000, -4, 2));
        third.Aggregate.Increase = third.Aggregate.Sum;
        third.Sketch = new ExponentialSketch();
        third.Sketch.Add(1);
        AggregatePoint other = Point(Now - 10_000, (Now - 10_000, 0, 1));
        other.Aggregate.Increase = 7;
        other.Distinct = new HyperLogLog();
        other.Distinct.Add(1UL << 39);
        var frame = new AggregateFrame([new AggregateGroup(TagSet.Empty, [first, second, third]), new AggregateGroup(Api, [other])]);
        var waiting = new AggregateFrame([new AggregateGroup(TagSet.Empty, [Point(Now, (Now, 1, 1))])]);
        var cursor = new FlushCursor("ms", FlushStream.Rollup, "node-1", 300, 7, Now);
        return new MetricAnswer(MetricKind.Distribution, "ms", frame, Now, Now + 38_000, 2, new PendingRows(-5, waiting, AggregateFrame.Empty, [cursor]));
    }

    public static MetricSummary[] MakeSummaries() =>
    [
        new("shop.requests", MetricKind.Counter, "req", 2, 2.5, 3, "host", 300, Now, 4_096),
        new("é", MetricKind.Set, "", 0, 0, 0, null, 0, long.MinValue, 0),
    ];

    public static ActiveSeries[] MakeSeries() => [new(new SeriesId(0x0123456789ABCDEF), TagSet.Empty, Now), new(new SeriesId(1), Api, Now - 1)];

    private static AppendResult MakeResult() => new(1_000, [new Refusal(0, -1, RefusalReason.CardinalityLimit, 300, "too many"), new Refusal(2, 5, RefusalReason.Malformed, 1, "")]);

    public static SiloReport MakeReport() => new("a", "1", 7, 2, 3, 8, 2.5, [new OriginLag("o1", 100, 10, 1, new LogCopyStanding("s2", 99)), new OriginLag("o", 1, 1, 0, new LogCopyStanding(null, 0)), new OriginLag("p", 1, 1, 0)], [new HotMetric("b", 1, 1)], new RuleFigures(4, 3, 2, 1));

    public static NewActivation[] MakeActivations() => [new("ab", 2), new("é", 300)];

    public static OriginHolding[] MakeHoldings() => [new("a", [0, 5]), new("b", [])];

    public static CopyRequest MakeCopy() => new("o1", 300, 7, 5, true, true, [new LogRecord(8, new byte[] { 0xFF }) { NewestMs = Now }, new LogRecord(200, ReadOnlyMemory<byte>.Empty) { NewestMs = -1 }]);

    public static CopyAnswer MakeCopyAnswer() => new(300, 9);

    public static DispatchAnswer MakeDispatchAnswer() => new(DispatchStatus.InStep, 3, 700, 300, MakeResult());

    /// <summary>Every message's bytes now.</summary>
    public static Dictionary<string, byte[]> Encode() => new()
    {
        ["query"] = AggregateQueryCodec.Encode(MakeQuery()),
        ["answer"] = MetricAnswerCodec.Encode(MakeAnswer()),
        ["summary"] = MetricSummaryCodec.Encode(MakeSummaries()[0]),
        ["summaries"] = MetricSummaryCodec.EncodeList(MakeSummaries()),
        ["series"] = ActiveSeriesCodec.Encode(MakeSeries()),
        ["activations"] = NewActivationCodec.Encode(MakeActivations()),
        ["activations answer"] = NewActivationCodec.EncodeAnswer(MakeHoldings()),
        ["copy"] = CopyCodec.Encode(MakeCopy()),
        ["copy answer"] = CopyCodec.EncodeAnswer(MakeCopyAnswer()),
        ["report"] = SiloReportCodec.Encode(MakeReport()),
        ["dispatch answer"] = DispatchAnswerCodec.Encode(MakeDispatchAnswer()),
    };

    private static AggregatePoint Point(long bucketMs, params (long At, double Value, double Weight)[] samples)
    {
        var point = new AggregatePoint { BucketMs = bucketMs };
        foreach ((long at, double value, double weight) in samples)
        {
            point.Aggregate.Add(at, value, weight);
        }
        return point;
    }
}
