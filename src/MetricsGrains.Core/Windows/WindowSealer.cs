using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>The scratch space for sealing, shared by all series of a shard. Not thread-safe.</summary>
public sealed class WindowSealer
{
    private readonly BitWriter _bits = new();
    private readonly SealedWindow[] _windows = new SealedWindow[WindowBlock.Windows];

    /// <summary>A block's bytes with open windows merged in.</summary>
    /// <param name="bytes">The block so far; empty for a new one.</param>
    /// <param name="open">In time order, all inside the block.</param>
    internal byte[] Merge(long blockMs, ReadOnlySpan<byte> bytes, ReadOnlySpan<OpenWindow> open, MetricKind kind)
    {
        Array.Clear(_windows);
        if (!bytes.IsEmpty)
        {
            var sealedWindows = new WindowBlock.Decoder(blockMs, bytes, kind);
            while (sealedWindows.MoveNext())
            {
                ref SealedWindow place = ref _windows[IndexOf(blockMs, sealedWindows.Current.StartMs)];
                place = sealedWindows.Current;
                place.Sketch = sealedWindows.CopySketch();
            }
        }
        foreach (ref readonly OpenWindow window in open)
        {
            ref SealedWindow place = ref _windows[IndexOf(blockMs, window.StartMs)];
            place.StartMs = window.StartMs;
            place.Sketch = place.Aggregate.IsEmpty ? window.EncodeSketch() : MergeSketch(in place, in window, kind);
            place.Aggregate.Merge(in window.Aggregate);
        }
        int count = 0;
        for (int i = 0; i < _windows.Length; i++)
        {
            if (!_windows[i].Aggregate.IsEmpty)
            {
                _windows[count++] = _windows[i];
            }
        }
        return WindowBlock.Encode(_bits, blockMs, _windows.AsSpan(0, count), kind);
    }

    private static int IndexOf(long blockMs, long startMs) => (int)((startMs - blockMs) / Resolution.TenSeconds);

    private static byte[]? MergeSketch(in SealedWindow before, in OpenWindow late, MetricKind kind)
    {
        if (!WindowBlock.HasSketch(kind))
        {
            return null;
        }
        var point = new AggregatePoint { BucketMs = late.StartMs };
        late.MergeInto(point, wantSketch: true);
        if (before.Sketch is null)
        {
            point.Sketch!.Add(before.Aggregate.Last);
        }
        else
        {
            point.TryMergeEncoded(kind, before.Sketch);
        }
        return point.Sketch?.ToArray() ?? point.Distinct?.ToArray();
    }
}
