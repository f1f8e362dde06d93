using System.Diagnostics.CodeAnalysis;
namespace MetricsGrains.Core.Sketches;
public sealed class ExponentialSketch(int maxBuckets = 8192)
{
    public int MaxBuckets => maxBuckets;
    public double Count { get; private set; }
    public bool IsEmpty => Count == 0;
    public void Add(double value, long count = 1) => Count += count;
    public void Merge(ExponentialSketch other) => Count += other.Count;
    public double Quantile(double q) => q;
    public double Quantile(double q, double min, double max) => Math.Clamp(q, min, max);
    public void Clear() => Count = 0;
    public ExponentialSketch Clone() => new();
    public byte[] ToArray() => [];
    public int MemoryBytes => 0;
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out ExponentialSketch? sketch) { sketch = new(); return true; }
    public bool TryMergeEncoded(ReadOnlySpan<byte> encoded) => true;
}
