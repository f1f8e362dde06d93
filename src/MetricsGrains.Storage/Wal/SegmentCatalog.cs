using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Wal;

/// <summary>The segments, oldest first, and how far they are readable and durable. Thread-safe.</summary>
internal sealed class SegmentCatalog(IReadOnlyList<Segment> recovered, long releasedNewestMs)
{
    private readonly Lock _gate = new();
    private readonly List<Segment> _segments = [.. recovered];
    private long _bytes;
    private ulong _durableThrough;
    private ulong _readableThrough;
    private long _releasedNewestMs = releasedNewestMs;
    private long _corruptRecords;

    /// <summary>Size of all segments.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public Segment? Newest
    {
        get { lock (_gate) return _segments.Count == 0 ? null : _segments[^1]; }
    }

    public long ReleasedNewestMs
    {
        get { lock (_gate) return _releasedNewestMs; }
    }

    public ulong DurableThrough
    {
        get { lock (_gate) return _durableThrough; }
    }

    public ulong ReadableThrough
    {
        get { lock (_gate) return _readableThrough; }
    }

    /// <summary>Ends recovery: lengths are final, and all that is there is on disk.</summary>
    public void Settle(ulong durableThrough)
    {
        lock (_gate)
        {
            _bytes = _segments.Sum(segment => segment.Length);
            _durableThrough = _readableThrough = durableThrough;
        }
    }

    /// <summary>Adds a new segment, which is the open one until <see cref="Close"/>.</summary>
    public void Add(Segment segment)
    {
        lock (_gate)
        {
            segment.IsOpen = true;
            _segments.Add(segment);
            _bytes += segment.Length;
        }
    }

    public void Close(Segment segment)
    {
        lock (_gate) segment.IsOpen = false;
    }

    public void Remove(Segment segment)
    {
        lock (_gate)
        {
            if (_segments.Remove(segment)) _bytes -= segment.Length;
        }
    }

    /// <summary>Makes a group of records readable.</summary>
    public void Publish(Segment segment, WriteGroup group, bool durable)
    {
        lock (_gate)
        {
            segment.Length += group.Bytes;
            segment.Cover(group.First.Sequence, group.Last.Sequence, group.NewestMs);
            _bytes += group.Bytes;
            _readableThrough = group.Last.Sequence;
            if (durable) _durableThrough = group.Last.Sequence;
        }
    }

    public void PublishSynced()
    {
        lock (_gate) _durableThrough = _readableThrough;
    }

    /// <returns>True the first time the place is met.</returns>
    public bool CountCorrupt(Segment segment, long offset)
    {
        lock (_gate)
        {
            if (!segment.Report(offset)) return false;
            _corruptRecords++;
            return true;
        }
    }

    /// <returns>What a read from <paramref name="fromSequence"/> has to look at, as of now.</returns>
    public IReadOnlyList<SegmentExtent> Extents(ulong fromSequence)
    {
        lock (_gate)
        {
            List<SegmentExtent> extents = new(_segments.Count);
            for (int i = 0; i < _segments.Count; i++)
            {
                ulong before = i + 1 < _segments.Count ? _segments[i + 1].FirstSequence : ulong.MaxValue;
                if (before > fromSequence) extents.Add(new SegmentExtent(_segments[i], _segments[i].Length, before));
            }

            return extents;
        }
    }

    /// <returns>The oldest segments, all of whose records are below the sequence and older than the time; never the open one.</returns>
    public IReadOnlyList<Segment> Releasable(ulong belowSequence, long olderThanMs)
    {
        lock (_gate)
        {
            return [.. _segments.TakeWhile(s => !s.IsOpen && s.LastRecord < belowSequence && (s.NewestMs < olderThanMs || s.LastRecord == 0))];
        }
    }

    public void NoteReleased(long newestMs)
    {
        lock (_gate) _releasedNewestMs = Math.Max(_releasedNewestMs, newestMs);
    }

    public LogStatus Status(ulong nextSequence)
    {
        lock (_gate)
        {
            ulong first = _segments.Find(segment => segment.FirstRecord != 0)?.FirstRecord ?? nextSequence;
            return new LogStatus(first, nextSequence, _durableThrough, _bytes, _segments.Count, _corruptRecords);
        }
    }
}
