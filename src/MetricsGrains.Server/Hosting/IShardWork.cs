namespace MetricsGrains.Server.Hosting;

/// <summary>Something a shard does between batches. Must not throw: it answers with its error instead.</summary>
internal interface IShardWork
{
    void Run(GrainShard shard);
}

/// <summary>A question whose answer is made on the shard.</summary>
internal sealed class ShardQuestion<T>(Func<GrainShard, T> question) : IShardWork
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public void Run(GrainShard shard)
    {
        try
        {
            _answer.SetResult(question(shard));
        }
        catch (Exception error)
        {
            _answer.SetException(error);
        }
    }
}
