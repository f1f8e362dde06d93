using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Grains;

/// <summary>
/// Every series of one metric: their windows, the rows on their way to the store, the cardinality limit. Not thread-safe: its
/// host runs one call at a time. The time is an argument (Unix ms), so that replay and tests say what "now" is.
/// </summary>
public sealed class MetricGrain
{
    private readonly MetricGrainOptions _options;
    private readonly TagSetPool _tagSets;
    private readonly WindowSealer _sealer;
    private readonly SketchPool _sketches;
    private readonly CardinalityGuard _cardinality = new();
    private readonly RollupLedger _rollups;
    private readonly Dictionary<SeriesId, Series> _series = [];
    private readonly Dictionary<string, OriginLedger> _origins = [];
    private long _restoredFromMs;
    private readonly long _firstEpoch;
    private Series?[] _resolved = new Series?[16];
    private RefusalReason[] _refusedFor = new RefusalReason[16];
    private byte[] _sketchBuffer = [];
    private Series? _overflow;
    private long _openFromMs;
    private long _samplesRefused;
    private long _lastSeenMs = long.MinValue;

    /// <param name="kind">From the first slice; slices of another kind are refused while the grain is active.</param>
    /// <param name="cursors">The metric's rollup cursors in the store.</param>
    /// <param name="completeFromMs">From this event time on the replayed logs are complete; long.MinValue when nothing was ever deleted of them.</param>
    /// <param name="tagSets">Shared by the grains of a shard, like <paramref name="sealer"/>.</param>
    public MetricGrain(string name, MetricKind kind, string unit, MetricGrainOptions options, IReadOnlyList<FlushCursor> cursors, long completeFromMs, long nowMs, TagSetPool tagSets, WindowSealer sealer)
    {
        Name = name;
        Kind = kind;
        Unit = unit;
        _options = options;
        _tagSets = tagSets;
        _sealer = sealer;
        _sketches = new SketchPool(kind);
        _rollups = new RollupLedger(name, kind, _sketches);
        _restoredFromMs = completeFromMs;
        // Flushes are seconds apart, so counting them never catches up with the clock: a later grain of this name begins beyond.
        _firstEpoch = nowMs;
        _openFromMs = Resolution.Floor(nowMs, Resolution.OneMinute);
        foreach (FlushCursor cursor in cursors)
        {
            Origin(cursor.Origin).Restore(cursor);
            // Windows from here on must hold only what is not in the store; what is older goes to the store as late partials.
            _openFromMs = Math.Max(_openFromMs, cursor.OpenFromMs);
        }
    }

    public string Name { get; }

    public MetricKind Kind { get; }

    public string Unit { get; private set; }

    public int SeriesCount => _series.Count;

    /// <summary>Estimate of what the series cost, as of the last <see cref="Tick"/>.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Estimate of what the rows take that wait for the store.</summary>
    public long PendingBytes => _rollups.Bytes;

    /// <summary>Nothing in memory and nothing on its way to the store: the host may forget the grain.</summary>
    public bool IsIdle => _series.Count == 0 && _rollups.IsEmpty;

    /// <summary>From this event time on what was replayed is complete, Unix ms: see the constructor. Moved by a host whose origins come and go.</summary>
    public void SetCompleteFrom(long completeFromMs) => _restoredFromMs = completeFromMs;

    /// <summary>Takes a slice in. A record of an origin that was applied before is ignored.</summary>
    /// <param name="slice">Borrowed for the call.</param>
    /// <param name="sliceIndex">The slice's index in its batch, for refusals.</param>
    /// <param name="refusals">Refusals are added here.</param>
    /// <returns>Samples taken in.</returns>
    public long Append(in SampleSlice slice, int sliceIndex, BatchOrigin origin, long nowMs, List<Refusal> refusals)
    {
        // Before the record counts as applied: a batch may hold the same name under two kinds, and the slice of the right kind must still get in.
        if (slice.Kind != Kind)
        {
            refusals.Add(new Refusal(sliceIndex, -1, RefusalReason.KindMismatch, slice.SampleCount,
                $"metric '{Name}' is a {MetricKinds.NameOf(Kind)}; a {MetricKinds.NameOf(slice.Kind)} was sent under the same name"));
            return 0;
        }
        OriginLedger? ledger = string.IsNullOrEmpty(origin.Origin) ? null : Origin(origin.Origin);
        if (ledger is not null && !ledger.TryAdvance(origin.Sequence))
        {
            return 0;
        }
        if (Unit.Length == 0 && !slice.Unit.IsEmpty)
        {
            Unit = Encoding.UTF8.GetString(slice.Unit);
        }
        int resolved = Resolve(in slice);
        var intake = new SliceIntake(nowMs - (long)_options.MaxAge.TotalMilliseconds, nowMs + (long)_options.MaxAhead.TotalMilliseconds, nowMs - (long)_options.LiveWindow.TotalMilliseconds);
        // Records the store knows in part contribute to rows only from its cursor on.
        intake.StoredBeforeMs = ledger is not null && origin.Sequence <= ledger.StoredThrough ? ledger.StoredBeforeMs : long.MinValue;
        foreach (SampleSlice.Sample sample in slice.Samples)
        {
            Series? series = sample.Series < resolved ? _resolved[sample.Series] : null;
            if (series is null)
            {
                intake.Refused++;
            }
            else if (!sample.IsWellFormed(Kind))
            {
                intake.Malformed++;
            }
            else if (intake.TryAccept(sample.UnixMs) && !sample.IsEmpty(Kind))
            {
                Take(series, in sample, ref intake);
            }
        }
        if (intake.Accepted > 0)
        {
            _lastSeenMs = Math.Max(_lastSeenMs, intake.NewestMs);
            ledger?.Note(origin.Sequence, intake.OldestMs, intake.NewestMs, _openFromMs);
        }
        if (intake.Accepted < slice.SampleCount)
        {
            var report = new RefusalReport(Name, _options, sliceIndex, refusals);
            report.AddTimes(in intake);
            report.AddDamage(in slice, resolved, in intake);
            if (intake.Refused > 0)
            {
                _samplesRefused += report.AddSeries(in slice, _resolved.AsSpan(0, resolved), _refusedFor, _cardinality);
            }
        }
        return intake.Accepted;
    }

    /// <summary>See <see cref="PendingRows"/>.</summary>
    public long FlushEpoch => _firstEpoch + _rollups.HandedOut;

    /// <summary>The metric's aggregates; see <see cref="IGrains.QueryAsync"/>.</summary>
    public MetricAnswer Query(AggregateQuery query, long nowMs)
    {
        long completeFrom = CompleteFrom(nowMs);
        AggregateQuery inMemory = query.FromMs >= completeFrom ? query : query with { FromMs = Math.Min(completeFrom, query.ToMs) };
        var frame = new FrameBuilder(inMemory);
        long newest = long.MinValue;
        int matched = 0;
        foreach (Series series in _series.Values)
        {
            if (!frame.Matches(series.Tags))
            {
                continue;
            }
            matched++;
            newest = Math.Max(newest, series.LastSeenMs);
            series.Window.MergeInto(frame.GroupOf(series.Tags), inMemory, Kind, ref _sketchBuffer);
        }
        return new MetricAnswer(Kind, Unit, frame.Build(), completeFrom, newest, matched, PendingBefore(completeFrom, query));
    }

    public MetricSummary Describe()
    {
        (string? key, double values) = _cardinality.Top();
        return new MetricSummary(Name, Kind, Unit, _series.Count, _cardinality.Tried, _samplesRefused, key, values, _lastSeenMs, MemoryBytes);
    }

    public IEnumerable<ActiveSeries> ListSeries(int limit) =>
        _series.Values.Select(s => new ActiveSeries(s.Id, s.Tags, s.LastSeenMs))
            .Order(Comparer<ActiveSeries>.Create((a, b) => a.Tags.Canonical.SequenceCompareTo(b.Tags.Canonical))).Take(limit);

    /// <summary>
    /// Closes the minutes that ended before <paramref name="nowMs"/> less the grace and gives their rows, with cursors. Gives the same flush until <see cref="ConfirmFlush"/>.
    /// </summary>
    /// <remarks>
    /// Not while an origin's replay is under way: the cursor would cover records up to the restored AppliedThrough, of which those
    /// not yet read again would be lost by a second crash.
    /// </remarks>
    /// <param name="everything">Also what is still open: for a graceful stop.</param>
    /// <returns>Null when there is nothing for the store.</returns>
    public RollupFlush? TakeFlush(long nowMs, bool everything = false)
    {
        long closeBefore = everything
            ? Resolution.Floor(Math.Max(nowMs, _lastSeenMs), Resolution.OneMinute) + Resolution.OneMinute
            : Resolution.Floor(nowMs - (long)_options.FlushGrace.TotalMilliseconds, Resolution.OneMinute);
        // Behind a flush that is not confirmed late samples go on merging, one partial a minute: rows of them would pile up with every attempt.
        if (!_rollups.IsInFlight)
        {
            _rollups.TakeLate(Unit);
        }
        if (closeBefore > _openFromMs)
        {
            foreach (Series series in _series.Values)
            {
                _rollups.TakeMinutes(series, Unit, _openFromMs, closeBefore);
            }
            _openFromMs = closeBefore;
        }
        return _rollups.HandOut(Cursors);
    }

    /// <summary>The store has the flush that was taken last.</summary>
    public void ConfirmFlush()
    {
        foreach (FlushCursor cursor in _rollups.Confirm())
        {
            Origin(cursor.Origin).Confirm(cursor);
        }
    }

    /// <summary>The oldest record of an origin that a replay would need for this metric; null when all it applied is in the store. Not to be asked before the replay is through.</summary>
    /// <param name="mostLookback">How far before its open minutes a replay of running totals may begin at most. Less than the live window is for a log that is nearly full.</param>
    public ulong? NeededFrom(string origin, TimeSpan mostLookback) =>
        _origins.TryGetValue(origin, out OriginLedger? ledger) && (!_rollups.IsEmpty || ledger.HasOpenMinutes(_openFromMs, (long)mostLookback.TotalMilliseconds)) ? ledger.ReplayFrom((long)mostLookback.TotalMilliseconds) : null;

    /// <summary>Compresses windows before this time whose rows are taken. What still comes for them is merged in later.</summary>
    public void Seal(long beforeMs)
    {
        long sealBefore = Math.Min(_openFromMs, Resolution.Floor(beforeMs, Resolution.TenSeconds));
        foreach (Series series in _series.Values)
        {
            series.Window.Seal(sealBefore, Kind, _sketches, _sealer);
        }
    }

    /// <summary>Seals windows whose rows are taken, and forgets what left the live window. Call every few seconds.</summary>
    public void Tick(long nowMs)
    {
        Seal(nowMs - Resolution.TenSeconds);
        long live = nowMs - (long)_options.LiveWindow.TotalMilliseconds;
        List<Series>? idle = null;
        foreach (Series series in _series.Values)
        {
            series.Window.Evict(live);
            if (series.LastSeenMs < live && series.Window.OpenCount == 0)
            {
                (idle ??= []).Add(series);
            }
        }
        // A series that came with late samples alone is known here until the store knows it: who asks which were let in must find it in one of the two.
        HashSet<Series> unstored = idle is null ? [] : _rollups.Unstored();
        foreach (Series series in (idle ?? []).Where(s => !unstored.Contains(s)))
        {
            _series.Remove(series.Id);
            if (series == _overflow)
            {
                _overflow = null;
            }
        }
        MemoryBytes = _cardinality.MemoryBytes() + _series.Values.Sum(s => s.MemoryBytes());
    }

    /// <summary>From a whole minute on, because before it the store answers by minutes.</summary>
    private long CompleteFrom(long nowMs) => Resolution.Ceiling(
        Math.Max(_restoredFromMs == long.MinValue ? long.MinValue : _restoredFromMs + 1, nowMs - (long)_options.LiveWindow.TotalMilliseconds), Resolution.OneMinute);

    /// <summary>What of the query's range before <paramref name="completeFromMs"/> is on its way to the store. Rows are minutes, so only for steps made of minutes.</summary>
    private PendingRows? PendingBefore(long completeFromMs, AggregateQuery query)
    {
        if (query.FromMs >= completeFromMs || query.StepMs % Resolution.OneMinute != 0 || (_rollups.IsEmpty && _openFromMs >= completeFromMs))
        {
            return null;
        }
        AggregateQuery before = query with { ToMs = Math.Min(completeFromMs, query.ToMs) };
        var waiting = new FrameBuilder(before);
        _rollups.AddWaiting(waiting);
        // When the log was cut short of samples sent ahead of their time, memory is complete only from the future on. Minutes not taken yet are in the windows then.
        if (_openFromMs < before.ToMs)
        {
            AddOpen(waiting, Math.Max(_openFromMs, before.FromMs));
        }
        var inFlight = new FrameBuilder(before);
        _rollups.AddInFlight(inFlight);
        var pending = new PendingRows(FlushEpoch, waiting.Build(), inFlight.Build(), _rollups.CursorsInFlight);
        return pending.Waiting.Groups.Count == 0 && pending.HandedOut.Groups.Count == 0 ? null : pending;
    }

    /// <summary>The open windows alone: the sealed ones beside them are in the store.</summary>
    private void AddOpen(FrameBuilder frame, long fromMs)
    {
        foreach (Series series in _series.Values.Where(s => frame.Matches(s.Tags)))
        {
            FrameGroup group = frame.GroupOf(series.Tags);
            foreach (ref readonly OpenWindow window in series.Window.OpenBetween(fromMs, frame.Query.ToMs))
            {
                window.MergeInto(group.PointAt(window.StartMs)!, frame.Query.Sketch == SketchNeed.Yes);
            }
        }
    }

    private List<FlushCursor> Cursors() => [.. _origins.Values.Select(o => o.NextCursor(Name, _openFromMs)).OfType<FlushCursor>()];

    private OriginLedger Origin(string origin)
    {
        if (!_origins.TryGetValue(origin, out OriginLedger? ledger))
        {
            _origins.Add(origin, ledger = new OriginLedger(origin, Kind == MetricKind.CumulativeCounter ? (long)_options.LiveWindow.TotalMilliseconds : 0));
        }
        return ledger;
    }

    /// <summary>Finds or admits the slice's series into <see cref="_resolved"/>; what is refused is null there, with its reason beside it.</summary>
    private int Resolve(in SampleSlice slice)
    {
        if (_resolved.Length < slice.SeriesCount)
        {
            int size = Math.Max(slice.SeriesCount, _resolved.Length * 2);
            _resolved = new Series?[size];
            _refusedFor = new RefusalReason[size];
        }
        int count = 0;
        foreach (SampleSlice.SeriesEntry entry in slice.Series)
        {
            _refusedFor[count] = RefusalReason.None;
            if (_series.TryGetValue(entry.Id, out Series? series))
            {
                bool same = series.Tags.Canonical.SequenceEqual(entry.CanonicalTags);
                _refusedFor[count] = same ? RefusalReason.None : RefusalReason.SeriesIdCollision;
                _resolved[count++] = same ? series : null;
                continue;
            }
            _resolved[count] = Admit(entry, out _refusedFor[count]);
            count++;
        }
        return count;
    }

    private Series? Admit(SampleSlice.SeriesEntry entry, out RefusalReason reason)
    {
        if (!TagSet.IsCanonical(entry.CanonicalTags))
        {
            reason = RefusalReason.Malformed;
            return null;
        }
        _cardinality.Offer(entry.Id, entry.CanonicalTags);
        if (_series.Count - (_overflow is null ? 0 : 1) < _options.MaxSeries)
        {
            reason = RefusalReason.None;
            var series = new Series(entry.Id, _tagSets.Intern(entry.CanonicalTags));
            _series.Add(entry.Id, series);
            return series;
        }
        reason = _options.Policy == CardinalityPolicy.Overflow ? RefusalReason.None : RefusalReason.CardinalityLimit;
        return _options.Policy == CardinalityPolicy.Overflow ? Overflow() : null;
    }

    private Series Overflow()
    {
        if (_overflow is null)
        {
            TagSet tags = TagSet.Of(("__overflow__", "true"));
            SeriesId id = SeriesId.Of(Encoding.UTF8.GetBytes(Name), tags.Canonical);
            // Somebody may have sent a series of that very name before the limit was reached.
            if (!_series.TryGetValue(id, out _overflow))
            {
                _series.Add(id, _overflow = new Series(id, tags));
            }
        }
        return _overflow;
    }

    private void Take(Series series, in SampleSlice.Sample sample, ref SliceIntake intake)
    {
        long ms = sample.UnixMs;
        double increase = Kind switch
        {
            MetricKind.Counter => sample.Value,
            // Totals of different series one after another are no running total: each step would look like a rise or a reset.
            MetricKind.CumulativeCounter => series == _overflow ? 0 : series.IncreaseOf(ms, sample.Value),
            MetricKind.Gauge => 0,
            _ => sample.Weight,
        };
        if (ms >= intake.LiveFromMs)
        {
            series.Window.At(Resolution.Floor(ms, Resolution.TenSeconds), _sketches).Add(Kind, in sample, increase);
        }
        // The rows of a minute come from its windows, unless the minute was taken already or the windows don't go back that far.
        if ((ms < _openFromMs || ms < intake.LiveFromMs) && ms >= intake.StoredBeforeMs)
        {
            _rollups.LateAt(series, ms).Add(Kind, in sample, increase);
        }
        if (ms > series.LastSeenMs)
        {
            series.LastSeenMs = ms;
        }
        if (ms < series.FirstSeenMs)
        {
            series.FirstSeenMs = ms;
        }
    }
}
