using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Composition;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Silo.Alerting;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>Answers the other silos for the grains that live here.</summary>
[Reentrant]
internal sealed class SiloService(SiloParts parts, AlertSeat alerting, TimeProvider time, IGrainFactory grains, GrainId grainId, Orleans.Runtime.Silo silo, ILoggerFactory loggers) : GrainService(grainId, silo, loggers), ISiloService
{
    public async Task<Immutable<byte[]>> DispatchAsync(Immutable<byte[]> dispatch)
    {
        byte[] answers = await SiloIntake.HandleAsync(dispatch.Value, async (metric, origin, completeFromMs, group) =>
            (await grains.GetGrain<IMetricShell>(SiloNames.GrainOf(metric)).HandleAsync(origin, completeFromMs, group.ToArray().AsImmutable())).Value);
        return answers.AsImmutable();
    }

    public async Task<Immutable<byte[]>> HoldingsAsync(string origin, TimeSpan mostLookback) =>
        HoldingsFormat.Encode(await parts.Members.HoldingsAsync(origin, mostLookback)).AsImmutable();

    public Task<Immutable<byte[]>> AnnounceAsync(Immutable<byte[]> activations) =>
        Task.FromResult(NewActivationCodec.EncodeAnswer(parts.Origins.Announced(NewActivationCodec.Decode(activations.Value))).AsImmutable());

    public async Task<Immutable<byte[]>> CopyAsync(Immutable<byte[]> request) =>
        CopyCodec.EncodeAnswer(await parts.Copies.TakeAsync(CopyCodec.Decode(request.Value), CancellationToken.None)).AsImmutable();

    public Task DropCopiesAsync(string origin, ulong below) => parts.Copies.DropAsync(origin, below, CancellationToken.None);

    public async Task<Immutable<byte[]>> ReportAsync()
    {
        (MemoryUse use, double rate, IReadOnlyList<HotMetric> hot) = await parts.Members.ReportAsync();
        var report = new SiloReport(parts.NodeName, NodeVersion.Text, parts.StartedMs, (int)use.Metrics, use.Series, use.Bytes, rate, parts.Origins.Lags, hot, alerting.Alerting?.Members.Figures() ?? RuleFigures.None);
        return SiloReportCodec.Encode(report).AsImmutable();
    }

    public Task<long> TimeAsync() => Task.FromResult(time.GetUtcNow().ToUnixTimeMilliseconds());

    public async Task<Immutable<byte[]>> ListAsync(string contains, string after, int limit) =>
        MetricSummaryCodec.EncodeList(await parts.Members.ListAsync(contains, after, limit)).AsImmutable();
}
