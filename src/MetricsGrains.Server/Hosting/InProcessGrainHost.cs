using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Hosting;

/// <summary>
/// All grains in this process: one shard a core, a metric on the shard <c>hash(name) % shards</c>. Appends reach a shard in the
/// order of the calls, because its queue keeps it, even while callers wait for room.
/// </summary>
public sealed class InProcessGrainHost : IGrainHost
{
    private readonly GrainShard[] _shards;

    /// <param name="cursors">The store's cursors, so that a replay of the log counts nothing twice.</param>
    /// <param name="completeFromMs">From this event time on the log that will be replayed is complete; long.MinValue when nothing was ever deleted of it.</param>
    /// <param name="replayed">The origin whose log will be replayed. What the store has of others, a log that was deleted for one, memory will not have.</param>
    public InProcessGrainHost(int shards, GrainLimits limits, IEnumerable<FlushCursor> cursors, long completeFromMs, string replayed, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shards);
        var activation = new GrainActivation(limits, cursors, completeFromMs, replayed);
        _shards = [.. Enumerable.Range(0, shards).Select(_ => new GrainShard(activation, time))];
    }

    /// <summary>Items waiting in all shards' queues.</summary>
    public int Queued => _shards.Sum(s => s.Queued);

    public IClusterView? Cluster => null;

    public IHostPages? Pages => null;

    public ILogCopies? Copies => null;

    public IIngestLog? Intake => null;

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel)
    {
        if (!SampleBatch.TryRead(batch.Span, out SampleBatch read))
        {
            return ValueTask.FromException<AppendResult>(new ArgumentException("not a sample batch", nameof(batch)));
        }
        var slices = new List<SliceLocation>?[_shards.Length];
        int found = 0;
        foreach (SliceLocation slice in read)
        {
            (slices[ShardIndex(slice.MetricHash)] ??= []).Add(slice);
            found++;
        }
        int damaged = read.SliceCount - found;
        var completion = new AppendCompletion(slices.Count(s => s is not null) + 1);
        List<Task>? waiting = null;
        for (int i = 0; i < slices.Length; i++)
        {
            if (slices[i] is { } mine)
            {
                ValueTask posted = _shards[i].PostAsync(new AppendWork(batch, origin, mine, completion), cancel);
                if (!posted.IsCompletedSuccessfully)
                {
                    (waiting ??= []).Add(posted.AsTask());
                }
            }
        }
        completion.Done(0, damaged == 0 ? [] : [new Refusal(found, -1, RefusalReason.Malformed, 0, $"{damaged} slices of the batch can't be read")]);
        return waiting is null ? new ValueTask<AppendResult>(completion.Result) : WaitAsync(waiting, completion);
    }

    public async ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) =>
        await ShardOf(metric).AskAsync(shard => shard.Find(metric)?.Query(query, shard.NowMs), cancel);

    public async ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) =>
        await ShardOf(metric).AskAsync(shard => shard.Find(metric)?.FlushEpoch, cancel);

    public async ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) =>
        await ShardOf(metric).AskAsync(shard => shard.Find(metric)?.Describe(), cancel);

    public async ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel)
    {
        IReadOnlyList<MetricSummary>[] parts = await AskAllAsync<IReadOnlyList<MetricSummary>>(shard =>
            [.. shard.Grains
                .Where(g => string.CompareOrdinal(g.Name, after) > 0 && g.Name.Contains(contains, StringComparison.OrdinalIgnoreCase))
                .OrderBy(g => g.Name, StringComparer.Ordinal)
                .Take(limit)
                .Select(g => g.Describe())], cancel);
        return [.. parts.SelectMany(p => p).OrderBy(m => m.Name, StringComparer.Ordinal).Take(limit)];
    }

    public async ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        await ShardOf(metric).AskAsync<IReadOnlyList<ActiveSeries>>(shard => [.. shard.Find(metric)?.ListSeries(limit) ?? []], cancel);

    public async Task<IReadOnlyList<RollupFlush>> TakeFlushesAsync(bool everything, CancellationToken cancel)
    {
        List<RollupFlush>[] parts = await AskAllAsync(shard =>
        {
            long now = shard.NowMs;
            return shard.Grains.Select(g => g.TakeFlush(now, everything)).OfType<RollupFlush>().ToList();
        }, cancel);
        return [.. parts.SelectMany(p => p)];
    }

    /// <summary>Nothing to do: rows are asked for only after the replay.</summary>
    public void EndReplay()
    {
    }

    public async Task ConfirmFlushesAsync(IReadOnlyList<string> metrics, CancellationToken cancel)
    {
        ILookup<GrainShard, string> byShard = metrics.ToLookup(ShardOf);
        await Task.WhenAll(byShard.Select(group => group.Key.AskAsync(shard =>
        {
            foreach (string metric in group)
            {
                shard.Find(metric)?.ConfirmFlush();
            }
            return true;
        }, cancel)));
    }

    public async Task<ulong?> NeededFromAsync(string origin, TimeSpan mostLookback, CancellationToken cancel)
    {
        ulong?[] parts = await AskAllAsync(shard => shard.Grains.Min(g => g.NeededFrom(origin, mostLookback)), cancel);
        return parts.Min();
    }

    public ulong AppliedThrough(ulong handedThrough) => handedThrough;

    public async Task<bool> TickAsync(CancellationToken cancel)
    {
        await AskAllAsync(shard =>
        {
            shard.Tick();
            return true;
        }, cancel);
        return false;
    }

    /// <summary>See <see cref="MetricGrain.Seal"/>.</summary>
    public Task SealAsync(long beforeMs, CancellationToken cancel) => AskAllAsync(shard =>
    {
        foreach (MetricGrain grain in shard.Grains)
        {
            grain.Seal(beforeMs);
        }
        return true;
    }, cancel);

    public async Task<MemoryUse> MeasureAsync(CancellationToken cancel)
    {
        MemoryUse[] parts = await AskAllAsync(shard => shard.Grains.Aggregate(new MemoryUse(0, 0, 0), (use, grain) => use + MemoryUse.Of(grain)), cancel);
        return parts.Aggregate((a, b) => a + b);
    }

    /// <summary>What the rows take that wait for the store, in bytes, as an estimate.</summary>
    public async Task<long> PendingBytesAsync(CancellationToken cancel) => (await AskAllAsync(shard => shard.Grains.Sum(g => g.PendingBytes), cancel)).Sum();

    /// <summary>Works off everything queued, then ends the shards.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_shards.Select(s => s.StopAsync()));

    private static async ValueTask<AppendResult> WaitAsync(List<Task> posted, AppendCompletion completion)
    {
        foreach (Task post in posted)
        {
            try
            {
                await post;
            }
            catch (Exception error)
            {
                // This shard never gets its slices; the others still read the batch's bytes, which are lent only until this task completes.
                completion.Failed(error);
            }
        }
        return await completion.Result;
    }

    private Task<T[]> AskAllAsync<T>(Func<GrainShard, T> question, CancellationToken cancel) =>
        Task.WhenAll(_shards.Select(s => s.AskAsync(question, cancel)));

    private int ShardIndex(ulong metricHash) => (int)(metricHash % (ulong)_shards.Length);

    private GrainShard ShardOf(string metric) => _shards[ShardIndex(StableHash.Of(metric))];
}
