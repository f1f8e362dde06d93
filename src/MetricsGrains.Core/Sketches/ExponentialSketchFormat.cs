using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Sketches;

/// <summary>Version 1 of an <see cref="ExponentialSketch"/>'s bytes, drawn in docs/formats/exponential-sketch.md.</summary>
internal static class ExponentialSketchFormat
{
    public const byte Version = 1;
    public const int HeaderLength = 2;

    public static int Length(long zeroCount, in BucketStore positive, in BucketStore negative) =>
        HeaderLength + Varint.LengthOf((ulong)zeroCount) + SignLength(in positive) + SignLength(in negative);

    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(Span<byte> destination, int scale, long zeroCount, in BucketStore positive, in BucketStore negative)
    {
        destination[0] = Version;
        destination[1] = (byte)(sbyte)scale;
        int position = HeaderLength;
        Varint.Write(destination, ref position, (ulong)zeroCount);
        WriteSign(destination, ref position, in positive);
        WriteSign(destination, ref position, in negative);
        return position;
    }

    private static int SignLength(in BucketStore store)
    {
        int length = Varint.LengthOf((ulong)store.Used);
        int slot = 0;
        for (int? previous = null; store.TryNext(ref slot, out int index, out long count); previous = index)
        {
            length += Varint.LengthOf(Head(index, previous, count));
            if (count > 1) length += Varint.LengthOf((ulong)count - 2);
        }

        return length;
    }

    private static void WriteSign(Span<byte> destination, ref int position, in BucketStore store)
    {
        Varint.Write(destination, ref position, (ulong)store.Used);
        int slot = 0;
        for (int? previous = null; store.TryNext(ref slot, out int index, out long count); previous = index)
        {
            Varint.Write(destination, ref position, Head(index, previous, count));
            if (count > 1) Varint.Write(destination, ref position, (ulong)count - 2);
        }
    }

    /// <summary>
    /// Where the bucket lies, and in the lowest bit whether a count follows. A count of 1 is by far the most frequent in
    /// small sketches and costs nothing; a bucket right after the previous one costs one byte and its count.
    /// </summary>
    private static ulong Head(int index, int? previous, long count)
    {
        uint place = previous is { } before ? (uint)(index - before - 1) : (uint)((index << 1) ^ (index >> 31));
        return ((ulong)place << 1) | (count > 1 ? 1UL : 0);
    }
}
