using System.Buffers.Binary;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// What an event carries: a sample batch, who sent it as its how manyeth, and, when it is a repeat of one whose outcome nobody knows, from where on that one
/// would be found. docs/formats/hub-event.md draws it.
/// </summary>
/// <param name="Sender">Random, one for each partition and run of a sender.</param>
/// <param name="Number">Of the sender's batches for this partition, from 1. It sends none before it knows, or has given up to know, what became of the one before.</param>
/// <param name="Floor">Null: sent for the first time. Else an earlier attempt may have arrived, and then after this sequence.</param>
/// <param name="NewestMs">Newest sample time in the batch, Unix ms.</param>
/// <param name="Batch">See <see cref="SampleBatch"/>.</param>
public readonly record struct EventEnvelope(ulong Sender, ulong Number, ulong? Floor, long NewestMs, ReadOnlyMemory<byte> Batch)
{
    public const int HeaderBytes = 48;

    private const byte Version = 1;
    private const int CheckedFrom = 16;

    private static ReadOnlySpan<byte> Magic => "MGE"u8;

    public byte[] ToArray()
    {
        byte[] bytes = new byte[HeaderBytes + Batch.Length];
        Magic.CopyTo(bytes);
        bytes[3] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Sender);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), Number);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Floor ?? ulong.MaxValue);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), NewestMs);
        Batch.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), StableHash.Of(bytes.AsSpan(CheckedFrom)));
        return bytes;
    }

    /// <param name="bytes">Borrowed by the envelope.</param>
    /// <param name="reason">Why it can't be read, for people; null when it can.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out EventEnvelope envelope, out string? reason)
    {
        envelope = default;
        ReadOnlySpan<byte> span = bytes.Span;
        reason = span.Length < HeaderBytes || !span.StartsWith(Magic) ? "not an event of ours"
            : span[3] != Version ? $"version {span[3]}, and this program knows {Version}"
            : BinaryPrimitives.ReadUInt64LittleEndian(span[8..]) != StableHash.Of(span[CheckedFrom..]) ? "its checksum is wrong"
            : !SampleBatch.TryRead(span[HeaderBytes..], out _) ? "what it carries is not a sample batch"
            : null;
        if (reason is not null)
        {
            return false;
        }
        ulong floor = BinaryPrimitives.ReadUInt64LittleEndian(span[32..]);
        envelope = new EventEnvelope(
            BinaryPrimitives.ReadUInt64LittleEndian(span[16..]), BinaryPrimitives.ReadUInt64LittleEndian(span[24..]), floor == ulong.MaxValue ? null : floor,
            BinaryPrimitives.ReadInt64LittleEndian(span[40..]), bytes[HeaderBytes..]);
        return true;
    }
}
