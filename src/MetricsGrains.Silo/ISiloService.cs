using Orleans.Concurrency;
using Orleans.Services;

namespace MetricsGrains.Silo;

/// <summary>What one silo asks of another as a whole: one runs in each.</summary>
[Alias("metricsgrains.silo")]
internal interface ISiloService : IGrainService
{
    [Alias("dispatch")]
    Task<Immutable<byte[]>> DispatchAsync(Immutable<byte[]> dispatch);

    /// <returns>See HoldingsFormat.</returns>
    [Alias("holdings")]
    Task<Immutable<byte[]>> HoldingsAsync(string origin, TimeSpan mostLookback);

    /// <param name="activations">See NewActivationCodec.</param>
    [Alias("announce")]
    Task<Immutable<byte[]>> AnnounceAsync(Immutable<byte[]> activations);

    /// <param name="request">See CopyCodec.</param>
    [Alias("copy")]
    Task<Immutable<byte[]>> CopyAsync(Immutable<byte[]> request);

    [Alias("drop copies")]
    Task DropCopiesAsync(string origin, ulong below);

    /// <returns>See SiloReportCodec.</returns>
    [Alias("report")]
    Task<Immutable<byte[]>> ReportAsync();

    /// <returns>What its clock shows, Unix ms.</returns>
    [Alias("time")]
    Task<long> TimeAsync();

    /// <returns>Metric summaries, as MetricSummaryCodec lists them.</returns>
    [Alias("list")]
    Task<Immutable<byte[]>> ListAsync(string contains, string after, int limit);
}
