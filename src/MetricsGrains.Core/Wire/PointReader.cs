using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Wire;

/// <summary>Reads what <see cref="PointWriter"/> wrote. A mutable struct: pass it by reference.</summary>
internal struct PointReader(long unitMs, long baseMs)
{
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

    public AggregatePoint Read(ref MessageReader from)
    {
        ulong change = from.Unsigned();
        uint head = _head ^ (uint)change;
        bool isSum = (head & PointHead.IncreaseIsSum) != 0;
        if (change > PointHead.All || (isSum && ((head >> PointHead.IncreaseShift) & 3) != 0))
        {
            throw from.Damaged("a point's head says what no point has");
        }
        long gap = (head & PointHead.Gap) != 0 ? from.Signed() : 0;
        long bucketMs = unchecked(_bucketMs + ((gap + _expected) * unitMs));
        if (_expected != 0 && bucketMs <= _bucketMs)
        {
            throw from.Damaged("a group's points are not in the order of time");
        }
        long offset = (head & PointHead.LastAt) != 0 ? unchecked(_offset + from.Signed()) : _offset;
        WindowAggregate a = default;
        a.LastAt = unchecked(bucketMs + offset);
        a.Last = Figure.Read(ref from, head >> PointHead.LastShift, _last);
        a.Count = Figure.Read(ref from, head >> PointHead.CountShift, _count);
        a.Sum = Figure.Read(ref from, head >> PointHead.SumShift, a.Last);
        a.Min = Figure.Read(ref from, head >> PointHead.MinShift, a.Last);
        a.Max = Figure.Read(ref from, head >> PointHead.MaxShift, a.Last);
        a.Increase = isSum ? a.Sum : Figure.Read(ref from, head >> PointHead.IncreaseShift, 0);
        (_head, _bucketMs, _expected, _offset, _count, _last) = (head, bucketMs, 1, offset, a.Count, a.Last);
        return new AggregatePoint
        {
            BucketMs = bucketMs,
            Aggregate = a,
            Sketch = (head & PointHead.Sketch) != 0 ? from.Sketch() : null,
            Distinct = (head & PointHead.Distinct) != 0 ? from.Distinct() : null,
        };
    }
}
