using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Tests;

/// <summary>A clock that stands until it is moved. Timers are the system's: tests here drive loops by hand.</summary>
internal sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public long NowMs => _now.ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public void Advance(TimeSpan by) => _now += by;
}

/// <summary>A log in memory whose appends end when, and as, the test says.</summary>
internal sealed class FakeLog : IIngestLog
{
    private readonly Lock _gate = new();
    private readonly List<(ulong Sequence, byte[] Batch)> _records = [];
    private readonly Queue<Action> _held = [];
    private ulong _next = 1;

    /// <summary>Appends wait for <see cref="Complete"/>.</summary>
    public bool Hangs { get; set; }

    /// <summary>Appends fail with this.</summary>
    public Exception? Failure { get; set; }

    public ulong ReleasedBelow { get; private set; }

    public long ReleasedOlderThan { get; private set; }

    public int Appended
    {
        get
        {
            lock (_gate)
            {
                return (int)_next - 1;
            }
        }
    }

    public LogStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new LogStatus(1, _next, _records.Count == 0 ? 0 : _records[^1].Sequence, _records.Sum(r => r.Batch.Length), 1, 0);
            }
        }
    }

    public Task<ulong> AppendAsync(ReadOnlyMemory<byte> batch, long newestMs, CancellationToken cancel)
    {
        lock (_gate)
        {
            ulong sequence = _next++;
            if (Failure is { } failure)
            {
                return Task.FromException<ulong>(failure);
            }
            if (!Hangs)
            {
                _records.Add((sequence, batch.ToArray()));
                return Task.FromResult(sequence);
            }
            var done = new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(() =>
            {
                _records.Add((sequence, batch.ToArray()));
                done.SetResult(sequence);
            });
            return done.Task;
        }
    }

    /// <summary>Ends the appends that hang, oldest first.</summary>
    public void Complete(int count = int.MaxValue)
    {
        lock (_gate)
        {
            for (; count > 0 && _held.TryDequeue(out Action? complete); count--)
            {
                complete();
            }
        }
    }

    public async IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        (ulong Sequence, byte[] Batch)[] records;
        lock (_gate)
        {
            records = [.. _records.Where(r => r.Sequence >= fromSequence)];
        }
        foreach ((ulong sequence, byte[] batch) in records)
        {
            await Task.Yield();
            yield return new LogRecord(sequence, batch);
        }
    }

    public long Release(ulong belowSequence, long olderThanMs)
    {
        (ReleasedBelow, ReleasedOlderThan) = (belowSequence, olderThanMs);
        return long.MinValue;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A store in memory that keeps to the ports' rule on cursors, and can fail before or after it has written.</summary>
internal sealed class FakeStore : IRollupStore, IRawStore
{
    private readonly Dictionary<(string, FlushStream, string), FlushCursor> _cursors = [];
    private readonly Lock _gate = new();

    public List<RollupFlush> Flushes { get; } = [];

    /// <summary>Every call, taken or not.</summary>
    public List<IReadOnlyList<RollupFlush>> Attempts { get; } = [];

    public List<RawBlock> Blocks { get; } = [];

    public bool FailsBefore { get; set; }

    public bool FailsAfter { get; set; }

    public int Derived { get; private set; }

    public IEnumerable<FlushCursor> Cursors => _cursors.Values;

    public double SumOf(string metric) => Flushes.Where(f => f.Metric == metric).SelectMany(f => f.Rows).Sum(r => r.Aggregate.Sum);

    public double RawSumOf(string metric) => Locked(() => Blocks.Where(b => b.Series.Metric == metric).SelectMany(b => b.Values).Sum());

    /// <summary>Metrics that a newer activation has claimed.</summary>
    public HashSet<string> Superseded { get; } = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel)
    {
        RollupFlush[] current = [.. flushes.Where(f => !Superseded.Contains(f.Metric))];
        await Write(() =>
        {
            Attempts.Add(flushes);
            Flushes.AddRange(current.Where(f => f.Cursors.Count == 0 || f.Cursors.Any(Moves)));
            foreach (FlushCursor cursor in current.SelectMany(f => f.Cursors))
            {
                Keep(cursor);
            }
        }, () => Attempts.Add(flushes));
        return [.. flushes.Except(current).Select(f => f.Metric)];
    }

    public Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel) => Write(() =>
    {
        if (Moves(cursor))
        {
            Blocks.AddRange(blocks);
            Keep(cursor);
        }
    });

    public Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<FlushCursor>>(Locked(() => _cursors.Values.ToArray()));

    public Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel) => 
        Task.FromResult<IReadOnlyList<FlushCursor>>(Locked(() => _cursors.Values.Where(c => c.Metric == metric).ToArray()));

    public Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel) =>
        Task.FromResult(Locked(() => Flushes.FirstOrDefault(f => f.Metric == metric)?.Series[0] is { } series ? new StoredMetric(metric, series.Kind, series.Unit, 1, series.LastSeenMs) : null));

    public Task<IReadOnlyList<SeriesDefinition>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<SeriesDefinition>>(Locked(() => Flushes.Where(f => f.Metric == metric).SelectMany(f => f.Series).DistinctBy(s => s.Id).Take(limit).ToArray()));

    public Task<int> DeriveAsync(long nowMs, CancellationToken cancel)
    {
        Derived++;
        return Task.FromResult(0);
    }

    public Task OpenAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel) => Task.CompletedTask;

    public Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    public Task<StoreStatus> StatusAsync(CancellationToken cancel) => throw new InvalidOperationException("not asked here");

    private bool Moves(FlushCursor cursor) =>
        _cursors.TryGetValue((cursor.Metric, cursor.Stream, cursor.Origin), out FlushCursor? stored) ? cursor.IsBeyond(stored.AppliedThrough, stored.OpenFromMs) : cursor.After is null or 0;

    private void Keep(FlushCursor cursor) => _cursors[(cursor.Metric, cursor.Stream, cursor.Origin)] = cursor;

    private T Locked<T>(Func<T> work)
    {
        lock (_gate)
        {
            return work();
        }
    }

    private Task Write(Action write, Action? failed = null)
    {
        if (FailsBefore)
        {
            failed?.Invoke();
            return Task.FromException(new StoreUnavailableException("the test says so"));
        }
        Locked(() =>
        {
            write();
            return true;
        });
        return FailsAfter ? Task.FromException(new StoreUnavailableException("the answer was lost")) : Task.CompletedTask;
    }
}

/// <summary>Annotations in memory. Writes wait for the test where it says so, and can fail before or after they have taken place.</summary>
internal sealed class FakeAnnotations : IAnnotationStore
{
    private readonly Lock _gate = new();
    private readonly List<Annotation> _stored = [];

    /// <summary>Called within every write, before it takes place.</summary>
    public Func<IReadOnlyList<Annotation>, CancellationToken, Task> Writing { get; set; } = (_, _) => Task.CompletedTask;

    public Exception? FailsAfter { get; set; }

    /// <summary>Called within every read, before it sees anything.</summary>
    public Func<Task> Reading { get; set; } = () => Task.CompletedTask;

    public IReadOnlyList<Annotation> Stored
    {
        get
        {
            lock (_gate)
            {
                return [.. _stored];
            }
        }
    }

    public async Task AppendAnnotationsAsync(IReadOnlyList<Annotation> annotations, CancellationToken cancel)
    {
        await Writing(annotations, cancel);
        lock (_gate)
        {
            _stored.AddRange(annotations.Where(a => _stored.All(s => s.Id != a.Id)));
        }
        if (FailsAfter is { } failure)
        {
            throw failure;
        }
    }

    public async Task<IReadOnlyList<Annotation>> ReadAnnotationsAsync(AnnotationQuery query, CancellationToken cancel)
    {
        await Reading();
        return [.. Stored.Where(query.Matches).OrderByDescending(AnnotationPosition.Of).Take(query.Limit)];
    }
}

/// <summary>Grains that remember what they were handed, and answer nothing.</summary>
internal sealed class RecordingGrains : IGrains
{
    public List<(ulong Sequence, byte[] Batch)> Handed { get; } = [];

    /// <summary>Appends end with this task.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public async ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel)
    {
        lock (Handed)
        {
            Handed.Add((origin.Sequence, batch.ToArray()));
        }
        await Gate;
        return new AppendResult(1, []);
    }

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) => default;

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => default;

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => default;

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) => new([]);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) => new([]);
}

/// <summary>Waits for what another thread is about to do.</summary>
internal static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(1), "did not happen within a minute: " + what);
            await Task.Delay(10);
        }
    }
}
