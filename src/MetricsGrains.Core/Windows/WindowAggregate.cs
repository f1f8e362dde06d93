namespace MetricsGrains.Core.Windows;

/// <summary>
/// What is kept of the samples of one window: mergeable, so that windows add up to minutes, partial rows to whole ones and
/// series to groups. A default value is the empty window.
/// </summary>
public struct WindowAggregate
{
    /// <summary>Samples, each counted with its weight (1 / sample rate for distributions, else 1).</summary>
    public double Count;

    /// <summary>Sum of values times weights.</summary>
    public double Sum;

    /// <summary>Smallest value; meaningless while <see cref="Count"/> is 0.</summary>
    public double Min;

    /// <summary>Largest value; meaningless while <see cref="Count"/> is 0.</summary>
    public double Max;

    /// <summary>The value with the latest event time; of two at the same time the one that arrived later.</summary>
    public double Last;

    /// <summary>Event time of <see cref="Last"/>, Unix ms.</summary>
    public long LastAt;

    /// <summary>By how much a counter rose: sum of deltas, or of the differences of running totals with resets taken as a start from 0.</summary>
    public double Increase;

    public readonly bool IsEmpty => Count == 0;

    public void Add(long unixMs, double value, double weight)
    {
        if (Count == 0)
        {
            Min = value;
            Max = value;
            Last = value;
            LastAt = unixMs;
        }
        else
        {
            if (value < Min)
            {
                Min = value;
            }
            if (value > Max)
            {
                Max = value;
            }
            if (unixMs >= LastAt)
            {
                Last = value;
                LastAt = unixMs;
            }
        }
        Count += weight;
        Sum += value * weight;
    }

    /// <summary>Commutative but for equal <see cref="LastAt"/>, where <paramref name="other"/>'s value wins.</summary>
    public void Merge(in WindowAggregate other)
    {
        if (other.Count == 0)
        {
            Increase += other.Increase;
            return;
        }
        if (Count == 0)
        {
            double increase = Increase;
            this = other;
            Increase += increase;
            return;
        }
        Min = Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        if (other.LastAt >= LastAt)
        {
            Last = other.Last;
            LastAt = other.LastAt;
        }
        Count += other.Count;
        Sum += other.Sum;
        Increase += other.Increase;
    }
}
