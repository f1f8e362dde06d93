using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Hosting;

/// <summary>A shard's slices of one batch.</summary>
internal sealed class AppendWork(ReadOnlyMemory<byte> batch, BatchOrigin origin, List<SliceLocation> slices, AppendCompletion completion) : IShardWork
{
    public void Run(GrainShard shard)
    {
        long accepted = 0;
        var refusals = new List<Refusal>();
        try
        {
            long now = shard.NowMs;
            foreach (SliceLocation location in slices)
            {
                if (SampleSlice.TryRead(batch.Span.Slice(location.Offset, location.Length), out SampleSlice slice) && shard.GrainOf(in slice, location.MetricHash) is { } grain)
                {
                    accepted += grain.Append(in slice, location.Index, origin, now, refusals);
                }
                else
                {
                    refusals.Add(new Refusal(location.Index, -1, RefusalReason.Malformed, 0, "a slice's header can't be read"));
                }
            }
            completion.Done(accepted, refusals);
        }
        catch (Exception error)
        {
            completion.Failed(error);
        }
    }
}

/// <summary>Waits for all shards that a batch went to.</summary>
internal sealed class AppendCompletion(int shards)
{
    private readonly TaskCompletionSource<AppendResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Refusal> _refusals = [];
    private long _accepted;
    private int _left = shards;
    private volatile Exception? _error;

    public Task<AppendResult> Result => _result.Task;

    public void Done(long accepted, List<Refusal> refusals)
    {
        Interlocked.Add(ref _accepted, accepted);
        if (refusals.Count > 0)
        {
            lock (_refusals)
            {
                _refusals.AddRange(refusals);
            }
        }
        CountDown();
    }

    /// <summary>The others are waited for all the same: they still read the batch's bytes.</summary>
    public void Failed(Exception error)
    {
        _error = error;
        CountDown();
    }

    private void CountDown()
    {
        if (Interlocked.Decrement(ref _left) > 0)
        {
            return;
        }
        if (_error is null)
        {
            _result.SetResult(new AppendResult(_accepted, _refusals));
        }
        else
        {
            _result.SetException(_error);
        }
    }
}
