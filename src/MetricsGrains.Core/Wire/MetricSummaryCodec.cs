using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of one <see cref="MetricSummary"/> or many on their way to another silo; docs/formats/grain-messages.md draws them.</summary>
public static class MetricSummaryCodec
{
    public const byte Version = 1;

    private const string One = "A metric's summary", Many = "A list of metrics";
    private const int LeastBytes = 25;

    /// <returns>Empty for null: no grain of that name is active.</returns>
    public static byte[] Encode(MetricSummary? summary)
    {
        if (summary is null)
        {
            return [];
        }
        MessageWriter to = MessageWriter.Start(Version);
        Write(to, summary);
        return to.Finish();
    }

    /// <returns>Null for no bytes.</returns>
    /// <exception cref="MessageFormatException">The bytes are no summary that this version understands.</exception>
    public static MetricSummary? Decode(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Read(MessageReader.Start(bytes, One, Version));

    public static byte[] EncodeList(IReadOnlyList<MetricSummary> summaries)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Unsigned((ulong)summaries.Count);
        for (int i = 0; i < summaries.Count; i++)
        {
            int start = to.Length;
            Write(to, summaries[i]);
            to.PrefixFrom(start);
        }
        return to.Finish();
    }

    /// <returns>In the order in which they were written.</returns>
    /// <exception cref="MessageFormatException">The bytes are no list of summaries that this version understands.</exception>
    public static IReadOnlyList<MetricSummary> DecodeList(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, Many, Version);
        var summaries = new MetricSummary[from.Count(LeastBytes)];
        for (int i = 0; i < summaries.Length; i++)
        {
            summaries[i] = Read(from.Nested());
        }
        return summaries;
    }

    private static void Write(MessageWriter to, MetricSummary summary)
    {
        to.Text(summary.Name);
        to.Byte((byte)summary.Kind);
        to.Text(summary.Unit);
        to.Signed(summary.SeriesCount);
        to.Double(summary.SeriesTried);
        to.Signed(summary.SeriesRefused);
        to.OptionalText(summary.TopTagKey);
        to.Double(summary.TopTagValues);
        to.Signed(summary.LastSeenMs);
        to.Signed(summary.MemoryBytes);
    }

    private static MetricSummary Read(MessageReader from) =>
        new(from.Text(), from.Kind(), from.Text(), from.Int32(), from.Double(), from.Signed(), from.OptionalText(), from.Double(), from.Signed(), from.Signed());
}
