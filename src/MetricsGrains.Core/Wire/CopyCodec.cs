using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes by which a silo's log is copied to another; docs/formats/log-copy.md draws them.</summary>
public static class CopyCodec
{
    public const byte Version = 1;

    private const byte Begins = 1, IsWhole = 2;
    private const int LeastRecordBytes = 4;

    public static byte[] Encode(CopyRequest request)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Text(request.Origin);
        to.Unsigned(request.Generation);
        to.Unsigned(request.Previous);
        to.Unsigned(request.NeededFrom);
        to.Byte((byte)((request.Begins ? Begins : 0) | (request.IsWhole ? IsWhole : 0)));
        to.Unsigned((ulong)request.Records.Count);
        foreach (LogRecord record in request.Records)
        {
            int start = to.Length;
            to.Unsigned(record.Sequence);
            to.Signed(record.NewestMs);
            to.Bytes(record.Batch.Span);
            to.PrefixFrom(start);
        }
        return to.Finish();
    }

    /// <param name="bytes">The request's records are parts of it.</param>
    /// <exception cref="MessageFormatException">The bytes are no records that this version understands.</exception>
    public static CopyRequest Decode(ReadOnlyMemory<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes.Span, "A part of a log's copy", Version);
        (string origin, ulong generation, ulong previous, ulong needed, byte flags) = (from.Text(), from.Unsigned(), from.Unsigned(), from.Unsigned(), from.Byte());
        var records = new LogRecord[from.Count(LeastRecordBytes)];
        ulong last = previous;
        for (int i = 0; i < records.Length; i++)
        {
            MessageReader one = from.Nested();
            (ulong sequence, long newestMs, int length) = (one.Unsigned(), one.Signed(), one.Bytes().Length);
            last = sequence > last ? sequence : throw one.Damaged($"record {sequence} comes after {last}");
            records[i] = new LogRecord(sequence, bytes.Slice(one.Position - length, length)) { NewestMs = newestMs };
        }
        return new CopyRequest(origin, generation, previous, needed, (flags & Begins) != 0, (flags & IsWhole) != 0, records);
    }

    public static byte[] EncodeAnswer(CopyAnswer answer)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Unsigned(answer.Generation);
        to.Unsigned(answer.Through);
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no answer that this version understands.</exception>
    public static CopyAnswer DecodeAnswer(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "An answer to a part of a log's copy", Version);
        return new CopyAnswer(from.Unsigned(), from.Unsigned());
    }
}
