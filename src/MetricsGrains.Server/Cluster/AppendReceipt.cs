using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Cluster;

/// <summary>Tells who appended a batch what became of one of its slices.</summary>
internal sealed class AppendReceipt(AppendCompletion completion) : IDispatchReceipt
{
    public void Done(long accepted, IReadOnlyList<Refusal> refusals) => completion.Done(accepted, [.. refusals]);
}
