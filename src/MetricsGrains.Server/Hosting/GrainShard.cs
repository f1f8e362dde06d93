using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Hosting;

/// <summary>A part of the metrics and the one consumer that ever touches their grains.</summary>
internal sealed class GrainShard
{
    /// <summary>Items that may wait. Batches are bounded in bytes by the pipeline before they get here; this bounds queries.</summary>
    private const int QueueLength = 8192;

    private readonly Channel<IShardWork> _queue = Channel.CreateBounded<IShardWork>(new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Dictionary<string, MetricGrain> _grains = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, Known> _byHash = [];
    private readonly TagSetPool _tagSets = new();
    private readonly WindowSealer _sealer = new();
    private readonly GrainActivation _activation;
    private readonly TimeProvider _time;
    private readonly Task _loop;
    private int _queued;

    public GrainShard(GrainActivation activation, TimeProvider time)
    {
        _activation = activation;
        _time = time;
        _loop = Task.Run(RunAsync);
    }

    public IReadOnlyCollection<MetricGrain> Grains => _grains.Values;

    /// <summary>Items waiting or being worked on.</summary>
    public int Queued => Volatile.Read(ref _queued);

    public long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Queues work; first come, first served. Waits while the queue is full.</summary>
    public ValueTask PostAsync(IShardWork work, CancellationToken cancel)
    {
        Interlocked.Increment(ref _queued);
        return _queue.Writer.TryWrite(work) ? ValueTask.CompletedTask : WaitToPostAsync(work, cancel);
    }

    public Task<T> AskAsync<T>(Func<GrainShard, T> question, CancellationToken cancel)
    {
        var ask = new ShardQuestion<T>(question);
        ValueTask posted = PostAsync(ask, cancel);
        return posted.IsCompletedSuccessfully ? ask.Answer : WaitAsync(posted, ask);
    }

    public MetricGrain? Find(string metric) => _grains.GetValueOrDefault(metric);

    /// <summary>The grain of a slice's metric, activated if need be.</summary>
    /// <returns>Null when the hash is not the name's: this may be the wrong shard, and a metric must not get a second grain.</returns>
    public MetricGrain? GrainOf(in SampleSlice slice, ulong hash)
    {
        ref Known known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byHash, hash, out bool exists);
        if (exists && known.Name.AsSpan().SequenceEqual(slice.Name))
        {
            return known.Grain;
        }
        if (StableHash.Of(slice.Name) != hash)
        {
            return null;
        }
        string name = Encoding.UTF8.GetString(slice.Name);
        if (!_grains.TryGetValue(name, out MetricGrain? grain))
        {
            grain = _activation.Activate(name, slice.Kind, Encoding.UTF8.GetString(slice.Unit), NowMs, _tagSets, _sealer);
            _grains.Add(name, grain);
        }
        // Of two names with one hash the newer has the short way; the other is found by its name.
        known = new Known(slice.Name.ToArray(), grain);
        return grain;
    }

    /// <summary>Seals, evicts, and forgets idle grains.</summary>
    public void Tick()
    {
        long now = NowMs;
        List<string>? idle = null;
        foreach (MetricGrain grain in _grains.Values)
        {
            grain.Tick(now);
            if (grain.IsIdle)
            {
                (idle ??= []).Add(grain.Name);
            }
        }
        foreach (string name in idle ?? [])
        {
            _grains.Remove(name);
            _byHash.Remove(StableHash.Of(name));
        }
    }

    /// <summary>Works off what is queued and ends.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _loop;
    }

    private async ValueTask WaitToPostAsync(IShardWork work, CancellationToken cancel)
    {
        try
        {
            await _queue.Writer.WriteAsync(work, cancel);
        }
        catch
        {
            Interlocked.Decrement(ref _queued);
            throw;
        }
    }

    private static async Task<T> WaitAsync<T>(ValueTask posted, ShardQuestion<T> ask)
    {
        await posted;
        return await ask.Answer;
    }

    private async Task RunAsync()
    {
        await foreach (IShardWork work in _queue.Reader.ReadAllAsync())
        {
            work.Run(this);
            Interlocked.Decrement(ref _queued);
        }
    }

    private readonly record struct Known(byte[] Name, MetricGrain Grain);
}
