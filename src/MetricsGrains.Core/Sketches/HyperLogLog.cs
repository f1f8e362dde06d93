using System.Diagnostics.CodeAnalysis;
namespace MetricsGrains.Core.Sketches;
public sealed class HyperLogLog
{
    public void Add(ulong hash) { }
    public void Merge(HyperLogLog other) { }
    public double Estimate() => 0;
    public void Clear() { }
    public HyperLogLog Clone() => new();
    public byte[] ToArray() => [];
    public int MemoryBytes => 0;
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out HyperLogLog? sketch) { sketch = new(); return true; }
}
