using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>
/// One series' last hour in 10-second windows: the newest open, the older ones sealed into compressed ten-minute blocks. A late
/// sample opens a second, partial window beside the sealed one, and the next sealing merges them: nothing is decoded on the way in.
/// Not thread-safe.
/// </summary>
internal sealed class RollingWindow
{
    private OpenWindow[] _open = [];
    private Block[] _blocks = [];
    private int _openCount;

    public int OpenCount => _openCount;

    public bool IsEmpty => _openCount == 0 && _blocks.Length == 0;

    /// <summary>The open window that starts at <paramref name="startMs"/>, opened if need be. Valid until the next call.</summary>
    public ref OpenWindow At(long startMs, SketchPool sketches)
    {
        int last = _openCount - 1;
        if (last >= 0 && _open[last].StartMs == startMs)
        {
            return ref _open[last];
        }
        int at = PlaceOf(startMs);
        if (at < _openCount && _open[at].StartMs == startMs)
        {
            return ref _open[at];
        }
        if (_openCount == _open.Length)
        {
            // One by one at first: a series that reports regularly has seven, a minute and what the grace adds, and each is 72 bytes.
            Array.Resize(ref _open, _openCount < 8 ? _openCount + 1 : _openCount * 2);
        }
        Array.Copy(_open, at, _open, at + 1, _openCount - at);
        _open[at] = new OpenWindow { StartMs = startMs, Sketch = sketches.Rent() };
        _openCount++;
        return ref _open[at];
    }

    /// <summary>The open windows that start in [from, to), in time order.</summary>
    public ReadOnlySpan<OpenWindow> OpenBetween(long fromMs, long toMs)
    {
        int from = PlaceOf(fromMs), to = PlaceOf(toMs);
        return from >= to ? [] : _open.AsSpan(from, to - from);
    }

    /// <summary>Adds every window of the group's range to its buckets.</summary>
    /// <param name="buffer">Room for a sketch's bytes, replaced when it is too small.</param>
    public void MergeInto(FrameGroup group, AggregateQuery query, MetricKind kind, ref byte[] buffer)
    {
        bool wantSketch = WindowBlock.HasSketch(kind) && query.Sketch == SketchNeed.Yes;
        AggregatePoint? point = null;
        long pointEndMs = long.MinValue;
        foreach (Block block in _blocks)
        {
            if (block.StartMs >= query.ToMs || block.StartMs + WindowBlock.LengthMs <= query.FromMs)
            {
                continue;
            }
            var windows = new WindowBlock.Decoder(block.StartMs, block.Bytes, kind);
            while (windows.MoveNext())
            {
                ref readonly SealedWindow window = ref windows.Current;
                if (window.StartMs >= pointEndMs)
                {
                    point = group.PointAt(window.StartMs);
                    pointEndMs = point is null ? long.MinValue : Math.Min(point.BucketMs + query.StepMs, query.ToMs);
                }
                if (point is not null)
                {
                    point.Aggregate.Merge(in window.Aggregate);
                    if (wantSketch)
                    {
                        windows.MergeSketchInto(point, ref buffer);
                    }
                }
            }
        }
        foreach (ref readonly OpenWindow window in OpenBetween(query.FromMs, query.ToMs))
        {
            window.MergeInto(group.PointAt(window.StartMs)!, wantSketch);
        }
    }

    /// <summary>Moves the windows that start before <paramref name="beforeMs"/> into blocks.</summary>
    public void Seal(long beforeMs, MetricKind kind, SketchPool sketches, WindowSealer sealer)
    {
        int count = PlaceOf(beforeMs);
        int at = 0;
        while (at < count)
        {
            long blockMs = Resolution.Floor(_open[at].StartMs, WindowBlock.LengthMs);
            int end = at;
            while (end < count && _open[end].StartMs < blockMs + WindowBlock.LengthMs)
            {
                end++;
            }
            ref Block block = ref BlockAt(blockMs);
            block.Bytes = sealer.Merge(blockMs, block.Bytes, _open.AsSpan(at, end - at), kind);
            at = end;
        }
        for (int i = 0; i < count; i++)
        {
            sketches.Return(_open[i].Sketch);
        }
        Array.Copy(_open, count, _open, 0, _openCount - count);
        Array.Clear(_open, _openCount - count, count);
        _openCount -= count;
        if (_open.Length > 16 && _openCount <= 4)
        {
            Array.Resize(ref _open, 8);
        }
    }

    /// <summary>Forgets blocks that end at or before <paramref name="olderThanMs"/>.</summary>
    public void Evict(long olderThanMs)
    {
        int count = 0;
        while (count < _blocks.Length && _blocks[count].StartMs + WindowBlock.LengthMs <= olderThanMs)
        {
            count++;
        }
        if (count > 0)
        {
            _blocks = _blocks[count..];
        }
    }

    /// <summary>What the windows cost, for the metric's own figures; array headers of 24 bytes included.</summary>
    public long MemoryBytes()
    {
        const int arrayHeader = 24;
        long bytes = arrayHeader + (_open.Length * 80L) + arrayHeader + (_blocks.Length * 16L);
        foreach (Block block in _blocks)
        {
            bytes += arrayHeader + block.Bytes.Length;
        }
        for (int i = 0; i < _openCount; i++)
        {
            bytes += _open[i].Sketch switch
            {
                Sketches.ExponentialSketch sketch => sketch.MemoryBytes,
                Sketches.HyperLogLog distinct => distinct.MemoryBytes,
                _ => 0,
            };
        }
        return bytes;
    }

    private int PlaceOf(long startMs)
    {
        int low = 0, high = _openCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_open[middle].StartMs < startMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    private ref Block BlockAt(long blockMs)
    {
        int at = _blocks.Length;
        while (at > 0 && _blocks[at - 1].StartMs >= blockMs)
        {
            at--;
        }
        if (at == _blocks.Length || _blocks[at].StartMs != blockMs)
        {
            var grown = new Block[_blocks.Length + 1];
            Array.Copy(_blocks, grown, at);
            Array.Copy(_blocks, at, grown, at + 1, _blocks.Length - at);
            grown[at] = new Block { StartMs = blockMs, Bytes = [] };
            _blocks = grown;
        }
        return ref _blocks[at];
    }

    private struct Block
    {
        public long StartMs;
        public byte[] Bytes;
    }
}
