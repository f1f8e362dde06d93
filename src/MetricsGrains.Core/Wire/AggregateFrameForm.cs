using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of a frame inside of a message: a <c>bytes</c> of groups, each a <c>bytes</c> of points.</summary>
internal static class AggregateFrameForm
{
    private const int LeastGroupBytes = 4;
    private const int LeastPointBytes = 1;

    public static void Write(MessageWriter to, AggregateFrame frame)
    {
        int start = to.Length;
        long unitMs = UnitOf(frame, out long baseMs);
        to.Unsigned((ulong)unitMs);
        to.Signed(baseMs);
        to.Unsigned((ulong)frame.Groups.Count);
        var points = new PointWriter(to, unitMs, baseMs);
        for (int i = 0; i < frame.Groups.Count; i++)
        {
            AggregateGroup group = frame.Groups[i];
            int groupStart = to.Length;
            to.Bytes(group.Key.Canonical);
            to.Unsigned((ulong)group.Points.Count);
            points.BeginGroup();
            for (int p = 0; p < group.Points.Count; p++)
            {
                points.Write(group.Points[p]);
            }
            to.PrefixFrom(groupStart);
        }
        to.PrefixFrom(start);
    }

    public static AggregateFrame Read(MessageReader from)
    {
        ulong unitMs = from.Unsigned();
        if (unitMs is 0 or > long.MaxValue)
        {
            throw from.Damaged($"a frame's unit of time is {unitMs} ms");
        }
        var points = new PointReader((long)unitMs, from.Signed());
        int count = from.Count(LeastGroupBytes);
        if (count == 0)
        {
            return AggregateFrame.Empty;
        }
        var groups = new AggregateGroup[count];
        for (int i = 0; i < groups.Length; i++)
        {
            MessageReader group = from.Nested();
            groups[i] = ReadGroup(ref group, ref points);
            if (i > 0 && groups[i - 1].Key.Canonical.SequenceCompareTo(groups[i].Key.Canonical) >= 0)
            {
                throw group.Damaged("groups are not in the order of their keys");
            }
        }
        return new AggregateFrame(groups);
    }

    private static AggregateGroup ReadGroup(ref MessageReader from, ref PointReader points)
    {
        TagSet key = from.Tags();
        var read = new AggregatePoint[from.Count(LeastPointBytes)];
        points.BeginGroup();
        for (int i = 0; i < read.Length; i++)
        {
            read[i] = points.Read(ref from);
        }
        return new AggregateGroup(key, read);
    }

    /// <summary>The greatest length of which all differences of times are multiples: mostly the query's step, which an answer does not tell.</summary>
    private static long UnitOf(AggregateFrame frame, out long baseMs)
    {
        ulong unit = 0;
        baseMs = 0;
        bool first = true;
        for (int i = 0; i < frame.Groups.Count; i++)
        {
            IReadOnlyList<AggregatePoint> points = frame.Groups[i].Points;
            if (points.Count == 0)
            {
                continue;
            }
            baseMs = first ? points[0].BucketMs : baseMs;
            first = false;
            long previous = baseMs;
            for (int p = 0; p < points.Count; p++)
            {
                unit = CommonDivisor(unit, Magnitude(unchecked(points[p].BucketMs - previous)));
                previous = points[p].BucketMs;
            }
        }
        // 2^63, of the two ends of time, is no signed number; 1 fits everything.
        return unit is 0 or > long.MaxValue ? 1 : (long)unit;
    }

    private static ulong Magnitude(long difference) => (ulong)(difference < 0 ? unchecked(-difference) : difference);

    private static ulong CommonDivisor(ulong unit, ulong difference)
    {
        // Points at a steady pace, without a division.
        if (difference == unit)
        {
            return unit;
        }
        while (unit != 0)
        {
            (difference, unit) = (unit, difference % unit);
        }
        return difference;
    }
}
