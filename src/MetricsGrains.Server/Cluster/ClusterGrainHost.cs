using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Cluster;

/// <summary>The grains of a cluster, seen from one of its silos: this node's records go to wherever their metrics live, and so do questions.</summary>
/// <param name="view">The cluster for people; null where nobody looks.</param>
/// <param name="copies">Null: what this node's own log has is acknowledged.</param>
/// <param name="intake">See <see cref="IGrainHost.Intake"/>.</param>
/// <param name="pages">See <see cref="IGrainHost.Pages"/>.</param>
/// <param name="stop">Takes this silo out of the cluster, once nothing lives in it any more.</param>
public sealed class ClusterGrainHost(OriginDispatch dispatch, MemberHost members, IClusterPeers peers, TimeProvider time, Func<Task> stop, IClusterView? view = null, ILogCopies? copies = null, IIngestLog? intake = null, IHostPages? pages = null) : IGrainHost
{
    private delegate T Reading<out T>(ReadOnlySpan<byte> answer);

    public IClusterView? Cluster => view;

    public IHostPages? Pages => pages;

    public ILogCopies? Copies => copies;

    public IIngestLog? Intake => intake;

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel) =>
        intake is not null && origin.Origin.Length == 0
            ? new ValueTask<AppendResult>(new AppendResult(SampleBatch.TryRead(batch.Span, out SampleBatch read) ? read.CountSamples() : 0, []))
            : dispatch.AppendAsync(batch, origin.Sequence);

    public void EndReplay() => dispatch.EndReplay();

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) =>
        AskAsync(metric, origin => GrainQuestion.Aggregates(origin, query), MetricAnswerCodec.Decode, cancel);

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => AskAsync(metric, GrainQuestion.FlushEpoch, GrainQuestion.ReadFlushEpoch, cancel);

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => AskAsync(metric, GrainQuestion.Summary, MetricSummaryCodec.Decode, cancel);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        AskAsync<IReadOnlyList<ActiveSeries>>(metric, origin => GrainQuestion.Series(origin, limit), answer => answer.IsEmpty ? [] : ActiveSeriesCodec.Decode(answer), cancel);

    public async ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel)
    {
        IReadOnlyList<MetricSummary>[] parts = await PatientCall.AskAsync(
            "the list of metrics", () => Task.WhenAll(peers.Silos.Select(s => peers.ListAsync(s, contains, after, limit, cancel))), time, cancel);
        // While a metric moves, two silos may know it.
        return [.. parts.SelectMany(p => p).DistinctBy(m => m.Name).OrderBy(m => m.Name, StringComparer.Ordinal).Take(limit)];
    }

    public async Task<IReadOnlyList<RollupFlush>> TakeFlushesAsync(bool everything, CancellationToken cancel) => await members.TakeFlushesAsync(everything);

    public Task ConfirmFlushesAsync(IReadOnlyList<string> metrics, CancellationToken cancel) => members.ConfirmFlushesAsync(metrics);

    public Task<ulong?> NeededFromAsync(string origin, TimeSpan mostLookback, CancellationToken cancel) => dispatch.NeededFromAsync(mostLookback, cancel);

    public ulong AppliedThrough(ulong handedThrough) => Math.Min(handedThrough, dispatch.AppliedThrough);

    public Task<bool> TickAsync(CancellationToken cancel) => members.TickAsync(cancel);

    public Task SealAsync(long beforeMs, CancellationToken cancel) => members.SealAsync(beforeMs);

    public Task<MemoryUse> MeasureAsync(CancellationToken cancel) => members.MeasureAsync();

    public Task<long> PendingBytesAsync(CancellationToken cancel) => members.PendingBytesAsync();

    public async ValueTask DisposeAsync()
    {
        await dispatch.DisposeAsync();
        await stop();
    }

    /// <exception cref="GrainUnavailableException">The grain does not answer, or does not catch up, for ten seconds.</exception>
    private async ValueTask<T> AskAsync<T>(string metric, Func<string, byte[]> question, Reading<T> read, CancellationToken cancel)
    {
        // No metric has an empty name, and a host of grains may refuse to look for one.
        byte[] answer = metric.Length == 0 ? [] : await PatientCall.AskAsync($"the metric '{metric}'", () => AskOnceAsync(metric, question, cancel), time, cancel);
        return read(answer);
    }

    private async Task<byte[]> AskOnceAsync(string metric, Func<string, byte[]> question, CancellationToken cancel)
    {
        byte[] bytes = await peers.AskAsync(metric, question(dispatch.OriginOf(metric)), cancel);
        if (GrainQuestion.TryRead(bytes, out ulong epoch, out ReadOnlySpan<byte> answer))
        {
            return answer.ToArray();
        }
        dispatch.Suspect(metric, epoch);
        throw new GrainUnavailableException("its grain moved, and is still being brought up to date");
    }
}
