using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Wire;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>Silos of two versions speak to each other during an upgrade: bytes that change without their version are an outage.</summary>
public sealed class GoldenMessageTests
{
    public static TheoryData<string, string> Version1 => new()
    {
        { "query", GoldenMessage.Query },
        { "answer", GoldenMessage.Answer },
        { "summary", GoldenMessage.Summary },
        { "summaries", GoldenMessage.Summaries },
        { "series", GoldenMessage.Series },
        { "activations", GoldenMessage.Activations },
        { "activations answer", GoldenMessage.ActivationsAnswer },
        { "copy", GoldenMessage.Copy },
        { "copy answer", GoldenMessage.CopyAnswer },
        { "report", GoldenMessage.Report },
        { "dispatch answer", GoldenMessage.DispatchAnswer },
    };

    [Theory]
    [MemberData(nameof(Version1))]
    public void Encode_GoldenMessage_BytesOfVersion1(string name, string golden) => Assert.Equal(golden, Convert.ToHexString(GoldenMessage.Encode()[name]));

    [Theory]
    [MemberData(nameof(Version1))]
    public void Decode_BytesOfVersion1_GivesTheMessage(string name, string golden)
    {
        string expected = name switch
        {
            "query" => MessageText.Of(GoldenMessage.MakeQuery()),
            "answer" => MessageText.Of(GoldenMessage.MakeAnswer()),
            "summary" => MessageText.Of(GoldenMessage.MakeSummaries()[0]),
            "summaries" => MessageText.Of(GoldenMessage.MakeSummaries()),
            "series" => MessageText.Of(GoldenMessage.MakeSeries()),
            "copy" => MessageText.Of(GoldenMessage.MakeCopy()),
            "copy answer" => MessageText.Of(GoldenMessage.MakeCopyAnswer()),
            "report" => MessageText.Of(GoldenMessage.MakeReport()),
            "activations" => MessageText.Of(GoldenMessage.MakeActivations()),
            "activations answer" => MessageText.Of(GoldenMessage.MakeHoldings()),
            _ => MessageText.Of(GoldenMessage.MakeDispatchAnswer()),
        };
        Assert.Equal(expected, MessageKind.Named(name).Read(Convert.FromHexString(golden)));
    }

    [Fact]
    public void Decode_ReportOfAnOlderSilo_SaysNothingOfCopies() =>
        Assert.Equal(MessageText.Of(GoldenMessage.MakeReport() with { Origins = [new OriginLag("o1", 100, 10, 1)] }), MessageText.Of(SiloReportCodec.Decode(Convert.FromHexString(GoldenMessage.OlderReport))));

    [Fact]
    public void Decode_BytesBehindTheLastField_AreALaterVersionsAndSkipped()
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            for (int seed = 0; seed < 50; seed++)
            {
                (byte[] bytes, string text) = kind.Make(new Random(seed));
                Check.That(kind.Read([.. bytes, 0xFF, 0, 0x80, 0x2A]) == text, $"{kind.Name}, seed {seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Version1))]
    public void Decode_LaterFieldsInEveryPart_AreSkipped(string name, string golden)
    {
        Assert.Equal(golden, LaterMessage.Of(name, later: ""));
        MessageKind kind = MessageKind.Named(name);
        Assert.Equal(kind.Read(Convert.FromHexString(golden)), kind.Read(Convert.FromHexString(LaterMessage.Of(name, later: "FF0080"))));
    }
}
