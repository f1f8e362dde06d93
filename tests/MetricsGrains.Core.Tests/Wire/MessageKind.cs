using MetricsGrains.Core.Wire;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>One kind of message, in terms in which all kinds are alike.</summary>
/// <param name="Make">A random message's bytes, and its content as text.</param>
/// <param name="Decode">Its codec, as it is.</param>
/// <param name="TextOf">The content of what <paramref name="Decode"/> gave.</param>
internal sealed record MessageKind(string Name, Func<Random, (byte[] Bytes, string Text)> Make, Func<byte[], object?> Decode, Func<object?, string> TextOf)
{
    public static readonly MessageKind Answer = Of("answer", r => r.Answer(), MetricAnswerCodec.Encode, b => MetricAnswerCodec.Decode(b), MessageText.Of);

    public static readonly MessageKind[] All =
    [
        Answer,
        Of("query", r => r.Query(), AggregateQueryCodec.Encode, b => AggregateQueryCodec.Decode(b), MessageText.Of),
        Of("summary", r => r.Summary(), MetricSummaryCodec.Encode, b => MetricSummaryCodec.Decode(b), MessageText.Of),
        Of("summaries", r => r.Summaries(), MetricSummaryCodec.EncodeList, b => MetricSummaryCodec.DecodeList(b), MessageText.Of),
        Of("series", r => r.Series(), ActiveSeriesCodec.Encode, b => ActiveSeriesCodec.Decode(b), MessageText.Of),
        Of("activations", r => r.Activations(), NewActivationCodec.Encode, b => NewActivationCodec.Decode(b), MessageText.Of),
        Of("activations answer", r => r.Holdings(), NewActivationCodec.EncodeAnswer, b => NewActivationCodec.DecodeAnswer(b), MessageText.Of),
        Of("copy", r => r.Copy(), CopyCodec.Encode, b => CopyCodec.Decode(b), MessageText.Of),
        Of("copy answer", r => r.CopyAnswer(), CopyCodec.EncodeAnswer, b => CopyCodec.DecodeAnswer(b), MessageText.Of),
        Of("report", r => r.Report(), SiloReportCodec.Encode, b => SiloReportCodec.Decode(b), MessageText.Of),
        Of("dispatch answer", r => r.DispatchAnswer(), DispatchAnswerCodec.Encode, b => DispatchAnswerCodec.Decode(b), MessageText.Of),
    ];

    public static MessageKind Named(string name) => All.Single(k => k.Name == name);

    public string Read(byte[] bytes) => TextOf(Decode(bytes));

    private static MessageKind Of<T>(string name, Func<RandomMessage, T> make, Func<T, byte[]> encode, Func<byte[], T?> decode, Func<T, string> text)
        where T : class => new(
            name,
            random =>
            {
                T message = make(new RandomMessage(random));
                return (encode(message), text(message));
            },
            decode,
            message => text((T)message!));
}
