using System.Buffers.Binary;

namespace MetricsGrains.Core.Model;

/// <summary>Seals slices that were taken out of batches into a batch of their own, as they are.</summary>
public static class SliceBatch
{
    /// <summary>Most that a batch takes beside its slices and <see cref="SliceOverheadBytes"/> for each.</summary>
    public const int OverheadBytes = SampleBatchFormat.HeaderBytes + Varint.MaxLength;

    public const int SliceOverheadBytes = 4;

    /// <param name="slices">Each as <see cref="SliceLocation"/> gives it.</param>
    /// <returns>A batch without idempotency key and receipt.</returns>
    public static byte[] Of(IReadOnlyList<byte[]> slices)
    {
        byte[] batch = new byte[OverheadBytes + slices.Sum(s => s.Length + SliceOverheadBytes)];
        SampleBatchFormat.Magic.CopyTo(batch);
        batch[3] = SampleBatchFormat.Version;
        int at = SampleBatchFormat.HeaderBytes;
        at += Varint.Write(batch.AsSpan(at), (ulong)slices.Count);
        foreach (byte[] slice in slices)
        {
            BinaryPrimitives.WriteInt32LittleEndian(batch.AsSpan(at), slice.Length);
            slice.CopyTo(batch, at + SliceOverheadBytes);
            at += SliceOverheadBytes + slice.Length;
        }
        Array.Resize(ref batch, at);
        return batch;
    }
}
