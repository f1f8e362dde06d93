using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of a <see cref="SiloReport"/>; docs/formats/grain-messages.md draws them.</summary>
public static class SiloReportCodec
{
    public const byte Version = 1;

    private const int LeastOriginBytes = 5;
    private const int LeastMetricBytes = 11;

    private const byte NotWanted = 0;
    private const byte None = 1;
    private const byte Kept = 2;

    public static byte[] Encode(SiloReport report)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Text(report.Node);
        to.Text(report.Version);
        to.Signed(report.StartedMs);
        to.Signed(report.Metrics);
        to.Signed(report.Series);
        to.Signed(report.Bytes);
        to.Double(report.SamplesPerSecond);
        to.Unsigned((ulong)report.Origins.Count);
        foreach (OriginLag origin in report.Origins)
        {
            int start = to.Length;
            to.Text(origin.Origin);
            to.Unsigned(origin.Logged);
            to.Unsigned(origin.Applied);
            to.Signed(origin.Behind);
            WriteCopy(to, origin.Copy);
            to.PrefixFrom(start);
        }
        to.Unsigned((ulong)report.Hot.Count);
        foreach (HotMetric metric in report.Hot)
        {
            int start = to.Length;
            to.Text(metric.Name);
            to.Double(metric.SamplesPerSecond);
            to.Signed(metric.Series);
            to.PrefixFrom(start);
        }
        to.Signed(report.Rules.Rules);
        to.Signed(report.Rules.Due);
        to.Signed(report.Rules.Late);
        to.Signed(report.Rules.LatestMs);
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no report that this version understands.</exception>
    public static SiloReport Decode(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "A silo's report", Version);
        (string node, string version, long started, int metrics) = (from.Text(), from.Text(), from.Signed(), from.Int32());
        (long series, long memory, double rate) = (from.Signed(), from.Signed(), from.Double());
        var origins = new OriginLag[from.Count(LeastOriginBytes)];
        for (int i = 0; i < origins.Length; i++)
        {
            MessageReader one = from.Nested();
            origins[i] = new OriginLag(one.Text(), one.Unsigned(), one.Unsigned(), one.Int32(), ReadCopy(ref one));
        }
        var hot = new HotMetric[from.Count(LeastMetricBytes)];
        for (int i = 0; i < hot.Length; i++)
        {
            MessageReader one = from.Nested();
            hot[i] = new HotMetric(one.Text(), one.Double(), one.Int32());
        }
        return new SiloReport(node, version, started, metrics, series, memory, rate, origins, hot, new RuleFigures(from.Int32(), from.Int32(), from.Int32(), from.Signed()));
    }

    private static void WriteCopy(MessageWriter to, LogCopyStanding? copy)
    {
        to.Byte(copy is null ? NotWanted : copy.Keeper is null ? None : Kept);
        if (copy?.Keeper is { } keeper)
        {
            to.Text(keeper);
        }
        if (copy is not null)
        {
            to.Unsigned(copy.Through);
        }
    }

    private static LogCopyStanding? ReadCopy(ref MessageReader from)
    {
        // An older silo's part ends before it.
        byte copy = from.Remaining == 0 ? NotWanted : from.Byte();
        return copy switch
        {
            None => new LogCopyStanding(null, from.Unsigned()),
            Kept => new LogCopyStanding(from.Text(), from.Unsigned()),
            // A later version's standings too: not known here.
            _ => null,
        };
    }
}
