using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;
using Orleans.Concurrency;

namespace MetricsGrains.Silo;

/// <summary>
/// Orleans' side of a metric's grain: decodes, delegates, encodes. Between calls the silo's loops run on it by <see cref="RunAsync"/>, and end it when it is
/// idle: Orleans' own collection of idle activations does not know of rows on their way to the store.
/// </summary>
[GrainType("metric")]
[RendezvousPlacement]
[KeepAlive]
internal sealed class MetricShell(SiloParts parts, TimeProvider time) : Grain, IMetricShell, IMemberTurns
{
    private TaskScheduler _turns = TaskScheduler.Default;
    private MetricMember? _member;
    private bool _hasEnded;

    public string Metric { get; private set; } = "";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Metric = this.GetPrimaryKeyString();
        // The activation's own: what is started on it runs when no call does.
        _turns = TaskScheduler.Current;
        _member = await parts.Members.ActivateAsync(Metric, cancellationToken);
        parts.Members.Add(this);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _hasEnded = true;
        parts.Members.Remove(this);
        return Task.CompletedTask;
    }

    public ValueTask<Immutable<byte[]>> HandleAsync(string origin, long completeFromMs, Immutable<byte[]> group)
    {
        DispatchAnswer answer = DispatchGroup.TryRead(group.Value, out DispatchGroup read) ? _member!.Handle(origin, completeFromMs, ref read, NowMs) : DispatchAnswer.Failed;
        return new(DispatchAnswerCodec.Encode(answer).AsImmutable());
    }

    public ValueTask<Immutable<byte[]>> AskAsync(Immutable<byte[]> question) => new(parts.Members.Answer(_member!, question.Value, NowMs).AsImmutable());

    public Task<T> RunAsync<T>(Func<MetricMember, T> turn) => Task.Factory.StartNew(
        () => _hasEnded ? throw new InvalidOperationException($"the activation of '{Metric}' has ended") : turn(_member!),
        CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    public void End() => Run(DeactivateOnIdle);

    // Orleans ends it after the new one is in the directory of grains. Deactivated alone, a call by a silo that remembers the old place would make it anew here.
    public void Move() => Run(MigrateOnIdle);

    private void Run(Action turn) => Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}
