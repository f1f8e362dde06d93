using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Wire;

/// <summary>Writes a frame's points, each against the one before. A mutable struct: hold it in a local, never copy it.</summary>
internal struct PointWriter(MessageWriter to, long unitMs, long baseMs)
{
    /// <summary>The head, a time, a time of the last sample and six figures.</summary>
    private const int MostBytes = 9 * Varint.MaxLength;

    private uint _head;
    private long _bucketMs;
    private long _expected;
    private long _offset;
    private double _count = 1;
    private double _last;

    public void BeginGroup()
    {
        _bucketMs = baseMs;
        _expected = 0;
    }

    public void Write(AggregatePoint point)
    {
        ref readonly WindowAggregate a = ref point.Aggregate;
        // Exact even where the difference wraps: the unit divides the wrapped one.
        long gap = unchecked(((point.BucketMs - _bucketMs) / unitMs) - _expected);
        long offset = unchecked(a.LastAt - point.BucketMs);
        Figure last = Figure.Of(a.Last, _last), count = Figure.Of(a.Count, _count);
        Figure sum = Figure.Of(a.Sum, a.Last), min = Figure.Of(a.Min, a.Last), max = Figure.Of(a.Max, a.Last), increase = Figure.Of(a.Increase, 0);
        bool isSum = increase.Form != Figure.Same && BitConverter.DoubleToInt64Bits(a.Increase) == BitConverter.DoubleToInt64Bits(a.Sum);
        uint head = (gap != 0 ? PointHead.Gap : 0) | (offset != _offset ? PointHead.LastAt : 0)
            | (last.Form << PointHead.LastShift) | (count.Form << PointHead.CountShift) | (sum.Form << PointHead.SumShift)
            | (min.Form << PointHead.MinShift) | (max.Form << PointHead.MaxShift)
            | (isSum ? PointHead.IncreaseIsSum : increase.Form << PointHead.IncreaseShift)
            | (point.Sketch is null ? 0 : PointHead.Sketch) | (point.Distinct is null ? 0 : PointHead.Distinct);

        Span<byte> room = to.Reserve(MostBytes);
        int at = 0;
        Varint.Write(room, ref at, head ^ _head);
        if (gap != 0)
        {
            Varint.Write(room, ref at, Varint.ZigZag(gap));
        }
        if (offset != _offset)
        {
            Varint.Write(room, ref at, Varint.ZigZag(unchecked(offset - _offset)));
        }
        last.Write(room, ref at);
        count.Write(room, ref at);
        sum.Write(room, ref at);
        min.Write(room, ref at);
        max.Write(room, ref at);
        if (!isSum)
        {
            increase.Write(room, ref at);
        }
        to.Advance(at);
        WriteSketches(point);
        (_head, _bucketMs, _expected, _offset, _count, _last) = (head, point.BucketMs, 1, offset, a.Count, a.Last);
    }

    private readonly void WriteSketches(AggregatePoint point)
    {
        if (point.Sketch is not null)
        {
            to.Sketch(point.Sketch);
        }
        if (point.Distinct is not null)
        {
            to.Distinct(point.Distinct);
        }
    }
}
