using System.Text;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>
/// A metric's grain in a cluster. Records reach it from several origins, each of which first joins and is told where to begin, then sends all it has from
/// there on, and is in step from then on. A record names the one before it, so that one that was lost, repeated or overtaken is noticed, and the origin
/// joins again. Not thread-safe: its host runs one call at a time.
/// </summary>
/// <remarks>
/// Its rows may go to the store only while every origin that joined is in step: a cursor covers all that the store had of an origin before, so
/// of records not read again yet it would say that they are written.
/// </remarks>
public sealed class MetricMember
{
    private readonly MetricGrainOptions _options;
    private readonly IReadOnlyList<FlushCursor> _cursors;
    private readonly TagSetPool _tagSets;
    private readonly WindowSealer _sealer;
    private readonly Dictionary<string, Standing> _origins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);
    private long _taken;
    private long _takenBefore;
    private long _measuredMs;

    /// <param name="epoch">Greater than that of every activation of this metric before.</param>
    /// <param name="cursors">The metric's in the store, read after every earlier activation was kept from writing.</param>
    public MetricMember(string name, ulong epoch, MetricGrainOptions options, IReadOnlyList<FlushCursor> cursors, TagSetPool tagSets, WindowSealer sealer)
    {
        Name = name;
        Epoch = epoch;
        _options = options;
        _cursors = [.. cursors.Where(c => c.Stream == FlushStream.Rollup)];
        _tagSets = tagSets;
        _sealer = sealer;
    }

    public string Name { get; }

    public ulong Epoch { get; }

    /// <summary>Null until the first record came: it says of which kind the metric is.</summary>
    public MetricGrain? Grain { get; private set; }

    /// <summary>Some origin has not sent all it has.</summary>
    public bool IsCatchingUp => _origins.Values.Any(o => !o.InStep);

    /// <summary>Some origin has something that an activation before this one had, and has not sent it all: what is asked now is answered without that.</summary>
    public bool IsAwaiting => _awaited.Count > 0;

    /// <summary>Takes nothing more in: what it has is on its way to the store, and the metric's next activation goes on from there.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Nothing in memory and nothing on its way to the store.</summary>
    public bool IsIdle => Grain is null or { IsIdle: true };

    /// <summary>Nothing that only this activation knows.</summary>
    public bool IsFlushed => !IsCatchingUp && (Grain is null || _origins.Keys.All(o => Grain.NeededFrom(o, TimeSpan.Zero) is null));

    /// <summary>Samples taken in, as last measured.</summary>
    public double SamplesPerSecond { get; private set; }

    /// <summary>When the last group came, Unix ms.</summary>
    public long LastHandledMs { get; private set; }

    /// <summary>Origins that joined, caught up or not.</summary>
    public IReadOnlyCollection<string> Origins => _origins.Keys;

    /// <summary>Whether one of them joined and has not sent all it has.</summary>
    public bool IsCatchingUpWith(string origin) => _origins.TryGetValue(origin, out Standing? standing) && !standing.InStep;

    /// <summary>When the last group of one of them came, Unix ms; 0: it has not joined.</summary>
    public long LastHandledOf(string origin) => _origins.GetValueOrDefault(origin)?.LastHandledMs ?? 0;

    public bool HasJoined(string origin) => _origins.ContainsKey(origin);

    /// <summary>Takes a group of records of one origin in.</summary>
    /// <param name="group">Borrowed for the call.</param>
    /// <param name="completeFromMs">From this event time on the origin's log is complete, Unix ms.</param>
    public DispatchAnswer Handle(string origin, long completeFromMs, ref DispatchGroup group, long nowMs)
    {
        LastHandledMs = nowMs;
        if (IsRetired)
        {
            return DispatchAnswer.Failed;
        }
        if (group.IsJoin)
        {
            Join(origin, completeFromMs, nowMs);
            return Answer(DispatchStatus.InStep, origin, 0, []);
        }
        if (group.Epoch != Epoch || !_origins.TryGetValue(origin, out Standing? standing))
        {
            return Answer(DispatchStatus.OutOfStep, origin, 0, []);
        }
        standing.LastHandledMs = nowMs;
        long accepted = 0;
        var refusals = new List<Refusal>();
        int index = 0;
        while (group.MoveNext())
        {
            if (group.Previous != standing.AppliedThrough || group.Sequence < standing.AppliedThrough)
            {
                return Answer(DispatchStatus.OutOfStep, origin, accepted, refusals);
            }
            standing.AppliedThrough = group.Sequence;
            if (!SampleSlice.TryRead(group.Slice, out SampleSlice slice) || !slice.Name.SequenceEqual(Encoding.UTF8.GetBytes(Name)))
            {
                refusals.Add(new Refusal(index, -1, RefusalReason.Malformed, 0, "a slice's header can't be read"));
            }
            else
            {
                accepted += GrainOf(in slice, nowMs).Append(in slice, index, new BatchOrigin(origin, group.Sequence), nowMs, refusals);
            }
            index++;
        }
        _taken += accepted;
        if (!group.IsAtEnd)
        {
            return Answer(DispatchStatus.OutOfStep, origin, accepted, refusals);
        }
        if (group.IsCaughtUp)
        {
            standing.InStep = true;
            _awaited.Remove(origin);
        }
        return Answer(DispatchStatus.InStep, origin, accepted, refusals);
    }

    /// <summary>Takes the rate since the last call.</summary>
    public void Measure(long nowMs)
    {
        if (nowMs > _measuredMs)
        {
            SamplesPerSecond = _measuredMs == 0 ? 0 : (_taken - _takenBefore) * 1_000.0 / (nowMs - _measuredMs);
            (_takenBefore, _measuredMs) = (_taken, nowMs);
        }
    }

    public void Retire() => IsRetired = true;

    /// <summary>An origin is known to have something of the metric.</summary>
    public void Await(string origin)
    {
        if (!_origins.TryGetValue(origin, out Standing? standing) || !standing.InStep)
        {
            _awaited.Add(origin);
        }
    }

    /// <summary>An origin is gone: nobody waits for it any more. What only its log has counts when it is back.</summary>
    public void Forgo(string origin) => _awaited.Remove(origin);

    /// <summary>See <see cref="MetricGrain.TakeFlush"/>. Null too while an origin is catching up. Of a retired one everything.</summary>
    public RollupFlush? TakeFlush(long nowMs, bool everything)
    {
        RollupFlush? flush = IsCatchingUp ? null : Grain?.TakeFlush(nowMs, everything || IsRetired);
        return flush is null ? null : flush with { Epoch = Epoch };
    }

    /// <summary>The oldest record of an origin that a later activation would need; null when there is none, or the origin has not joined.</summary>
    public ulong? NeededFrom(string origin, TimeSpan mostLookback) => Grain?.NeededFrom(origin, mostLookback);

    private void Join(string origin, long completeFromMs, long nowMs)
    {
        if (!_origins.TryGetValue(origin, out Standing? standing))
        {
            _origins.Add(origin, standing = new Standing());
        }
        standing.CompleteFromMs = completeFromMs;
        standing.LastHandledMs = nowMs;
        standing.InStep = false;
        Grain?.SetCompleteFrom(CompleteFromMs());
    }

    private DispatchAnswer Answer(DispatchStatus status, string origin, long accepted, List<Refusal> refusals) =>
        new(status, Epoch, _origins.GetValueOrDefault(origin)?.AppliedThrough ?? 0, NeededFrom(origin, _options.LiveWindow), new AppendResult(accepted, refusals));

    private MetricGrain GrainOf(in SampleSlice slice, long nowMs) =>
        Grain ??= new MetricGrain(Name, slice.Kind, Encoding.UTF8.GetString(slice.Unit), _options, _cursors, CompleteFromMs(), nowMs, _tagSets, _sealer);

    /// <summary>What came by a log that is not sent again is in the store alone, up to where that log's flushes reached.</summary>
    private long CompleteFromMs()
    {
        long complete = long.MinValue;
        foreach (FlushCursor cursor in _cursors)
        {
            complete = _origins.ContainsKey(cursor.Origin) ? complete : Math.Max(complete, cursor.OpenFromMs - 1);
        }
        return _origins.Values.Aggregate(complete, (from, origin) => Math.Max(from, origin.CompleteFromMs));
    }

    private sealed class Standing
    {
        public ulong AppliedThrough { get; set; }

        public bool InStep { get; set; }

        public long LastHandledMs { get; set; }

        public long CompleteFromMs { get; set; }
    }
}
