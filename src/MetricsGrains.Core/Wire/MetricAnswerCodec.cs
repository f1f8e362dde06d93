using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of a <see cref="MetricAnswer"/> on its way to another silo; docs/formats/grain-messages.md draws them.</summary>
public static class MetricAnswerCodec
{
    public const byte Version = 1;

    private const int LeastCursorBytes = 7;

    /// <returns>Empty for null: no grain of that name is active.</returns>
    public static byte[] Encode(MetricAnswer? answer)
    {
        if (answer is null)
        {
            return [];
        }
        MessageWriter to = MessageWriter.Start(Version);
        to.Byte((byte)answer.Kind);
        to.Text(answer.Unit);
        to.Signed(answer.CompleteFromMs);
        to.Signed(answer.NewestMs);
        to.Signed(answer.SeriesMatched);
        AggregateFrameForm.Write(to, answer.Frame);
        int start = to.Length;
        if (answer.Pending is not null)
        {
            WritePending(to, answer.Pending);
        }
        to.PrefixFrom(start);
        return to.Finish();
    }

    /// <returns>Null for no bytes. The answer borrows nothing, and nobody else holds its frames: <see cref="FrameBuilder.TakeOver"/> may have them.</returns>
    /// <exception cref="MessageFormatException">The bytes are no answer that this version understands.</exception>
    public static MetricAnswer? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }
        MessageReader from = MessageReader.Start(bytes, "A metric's answer", Version);
        MetricKind kind = from.Kind();
        string unit = from.Text();
        long completeFromMs = from.Signed();
        long newestMs = from.Signed();
        int seriesMatched = from.Int32();
        AggregateFrame frame = AggregateFrameForm.Read(from.Nested());
        MessageReader pending = from.Nested();
        return new MetricAnswer(kind, unit, frame, completeFromMs, newestMs, seriesMatched, pending.Remaining == 0 ? null : ReadPending(pending));
    }

    private static void WritePending(MessageWriter to, PendingRows pending)
    {
        to.Signed(pending.Epoch);
        AggregateFrameForm.Write(to, pending.Waiting);
        AggregateFrameForm.Write(to, pending.HandedOut);
        to.Unsigned((ulong)pending.Cursors.Count);
        for (int i = 0; i < pending.Cursors.Count; i++)
        {
            FlushCursor cursor = pending.Cursors[i];
            int start = to.Length;
            to.Text(cursor.Metric);
            to.Byte((byte)cursor.Stream);
            to.Text(cursor.Origin);
            to.Unsigned(cursor.ReplayFrom);
            to.Unsigned(cursor.AppliedThrough);
            to.Signed(cursor.OpenFromMs);
            to.PrefixFrom(start);
        }
    }

    private static PendingRows ReadPending(MessageReader from)
    {
        long epoch = from.Signed();
        AggregateFrame waiting = AggregateFrameForm.Read(from.Nested());
        AggregateFrame handedOut = AggregateFrameForm.Read(from.Nested());
        var cursors = new FlushCursor[from.Count(LeastCursorBytes)];
        for (int i = 0; i < cursors.Length; i++)
        {
            cursors[i] = ReadCursor(from.Nested());
        }
        return new PendingRows(epoch, waiting, handedOut, cursors);
    }

    // A stream of a later version is let through: cursors are only compared with those in the store, where its number is the same.
    private static FlushCursor ReadCursor(MessageReader from) =>
        new(from.Text(), (FlushStream)from.Byte(), from.Text(), from.Unsigned(), from.Unsigned(), from.Signed());
}
