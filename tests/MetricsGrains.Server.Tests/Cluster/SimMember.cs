using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>An activation in a simulated silo: one turn at a time, and none once it has ended.</summary>
internal sealed class SimMember(SimSilo silo, MetricMember member) : IMemberTurns
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _ended;

    public string Metric => member.Name;

    public SimSilo Silo => silo;

    public bool HasEnded => _ended || !silo.IsUp;

    public async Task<T> RunAsync<T>(Func<MetricMember, T> turn)
    {
        await _turn.WaitAsync();
        try
        {
            return HasEnded ? throw new InvalidOperationException("the activation has ended") : turn(member);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void End()
    {
        _ended = true;
        silo.Members.Remove(this);
    }

    public void Move() => End();

    public Task<byte[]> HandleAsync(string origin, long completeFromMs, ReadOnlyMemory<byte> group, long nowMs) => RunAsync(m =>
    {
        Assert.True(DispatchGroup.TryRead(group.Span, out DispatchGroup read));
        return DispatchAnswerCodec.Encode(m.Handle(origin, completeFromMs, ref read, nowMs));
    });
}
