namespace MetricsGrains.Core.Wire;

/// <summary>The bits of a point's head: which fields follow it, and in which form. Written as the XOR with the head before, so that points of one shape spend a byte on it.</summary>
internal static class PointHead
{
    public const uint Gap = 1;
    public const uint LastAt = 1 << 1;
    public const int LastShift = 2;
    public const int CountShift = 4;
    public const int SumShift = 6;
    public const int MinShift = 8;
    public const int MaxShift = 10;
    public const int IncreaseShift = 12;

    /// <summary>The increase is the sum, as in a counter of deltas.</summary>
    public const uint IncreaseIsSum = 1 << 14;

    public const uint Sketch = 1 << 15;
    public const uint Distinct = 1 << 16;
    public const uint All = (1 << 17) - 1;
}
