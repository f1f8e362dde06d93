using System.Buffers.Binary;
using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Wire;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// What a metric's grain is asked from anywhere in the cluster, and what it answers, in their binary form; docs/formats/dispatch.md draws both. Whose
/// log has something of the metric names itself: a grain that does not have all of that says so instead of answering as if there were no more.
/// </summary>
public static class GrainQuestion
{
    private const byte AggregatesOf = 1;
    private const byte EpochOf = 2;
    private const byte SummaryOf = 3;
    private const byte SeriesOf = 4;

    private const byte NotInStep = 0;
    private const byte Answered = 1;

    /// <param name="origin">The asking node's log, if it has something of the metric; else empty.</param>
    public static byte[] Aggregates(string origin, AggregateQuery query) => Write(AggregatesOf, origin, AggregateQueryCodec.Encode(query));

    public static byte[] FlushEpoch(string origin) => Write(EpochOf, origin, []);

    public static byte[] Summary(string origin) => Write(SummaryOf, origin, []);

    public static byte[] Series(string origin, int limit)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, limit);
        return Write(SeriesOf, origin, bytes);
    }

    public static long? ReadFlushEpoch(ReadOnlySpan<byte> answer) => answer.Length < 8 ? null : BinaryPrimitives.ReadInt64LittleEndian(answer);

    /// <summary>Takes an answer apart.</summary>
    /// <param name="epoch">Of the activation that is not in step; else 0.</param>
    /// <param name="answer">As the codec of its kind reads it; empty: no such metric is active.</param>
    /// <returns>False: the grain does not have all that the origin has.</returns>
    /// <exception cref="FormatException">Damaged, or a newer silo's.</exception>
    public static bool TryRead(byte[] bytes, out ulong epoch, out ReadOnlySpan<byte> answer)
    {
        epoch = 0;
        answer = default;
        switch (bytes)
        {
            case [Answered, ..]:
                answer = bytes.AsSpan(1);
                return true;
            case [NotInStep, ..] when bytes.Length >= 9:
                epoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(1));
                return false;
            default:
                throw new FormatException($"a grain's answer of {bytes.Length} bytes that this version can't read");
        }
    }

    /// <summary>Answers a question.</summary>
    /// <exception cref="FormatException">The question is damaged, or a newer silo's.</exception>
    public static byte[] Answer(MetricMember member, ReadOnlySpan<byte> question, long nowMs)
    {
        if (question.Length < 2 || question.Length < 2 + question[1])
        {
            throw new FormatException($"a question of {question.Length} bytes is cut short");
        }
        string origin = Encoding.UTF8.GetString(question.Slice(2, question[1]));
        if (member.IsRetired || member.IsAwaiting || (origin.Length > 0 && (!member.HasJoined(origin) || member.IsCatchingUpWith(origin))))
        {
            byte[] refusal = new byte[9];
            BinaryPrimitives.WriteUInt64LittleEndian(refusal.AsSpan(1), member.Epoch);
            return refusal;
        }
        return [Answered, .. member.Grain is { } grain ? Answer(grain, question[0], question[(2 + question[1])..], nowMs) : []];
    }

    private static byte[] Answer(MetricGrain grain, byte kind, ReadOnlySpan<byte> about, long nowMs)
    {
        switch (kind)
        {
            case AggregatesOf:
                return MetricAnswerCodec.Encode(grain.Query(AggregateQueryCodec.Decode(about), nowMs));
            case EpochOf:
                byte[] epoch = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(epoch, grain.FlushEpoch);
                return epoch;
            case SummaryOf:
                return MetricSummaryCodec.Encode(grain.Describe());
            case SeriesOf when about.Length >= 4:
                return ActiveSeriesCodec.Encode([.. grain.ListSeries(BinaryPrimitives.ReadInt32LittleEndian(about))]);
            default:
                throw new FormatException($"a question of kind {kind} that this version does not know");
        }
    }

    private static byte[] Write(byte kind, string origin, ReadOnlySpan<byte> about)
    {
        byte[] name = Encoding.UTF8.GetBytes(origin);
        return [kind, checked((byte)name.Length), .. name, .. about];
    }
}
