using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// What a node has heard of the sources of the rules that it took over: they may have sent to the node that is gone, and not have found their way yet. So
/// silence counts from then on.
/// </summary>
/// <param name="takenOverMs">Unix ms.</param>
internal sealed class ContinuitySince(IIngestContinuity own, long takenOverMs) : IIngestContinuity
{
    public long UninterruptedSinceMs => Math.Max(own.UninterruptedSinceMs, takenOverMs);

    public string Reason => own.UninterruptedSinceMs > takenOverMs ? own.Reason : "took over from another node";
}
