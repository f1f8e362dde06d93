using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Flush;

/// <summary>
/// Makes raw blocks out of the log: every ten minutes what was logged since is sorted by series and appended to the store, with the
/// log's position as cursor. The samples are on disk in the log already, so grains need not hold them a second time in memory.
/// </summary>
public sealed class RawArchiver(IIngestLog log, IGrains grains, IRollupStore rollups, IRawStore raw, string origin, GrainLimits limits, FlushCursor? cursor, TimeProvider time)
{
    /// <summary>The cursor's metric: the stream is kept for all metrics of an origin together.</summary>
    public const string AllMetrics = "*";

    private const int SamplesAtOnce = 4_000_000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private ulong _archivedThrough = cursor?.AppliedThrough ?? 0;
    private long _nextMs;

    /// <summary>The oldest record not archived yet.</summary>
    public ulong NeededFrom => _archivedThrough + 1;

    public async Task ArchiveIfDueAsync(long nowMs, CancellationToken cancel)
    {
        if (_nextMs == 0)
        {
            _nextMs = nowMs + (long)Every.TotalMilliseconds;
        }
        if (nowMs >= _nextMs)
        {
            await ArchiveAsync(cancel);
            _nextMs = nowMs + (long)Every.TotalMilliseconds;
        }
    }

    /// <summary>Archives all that is durable now.</summary>
    public async Task ArchiveAsync(CancellationToken cancel)
    {
        ulong through = log.Status.DurableThrough;
        var gathered = new RawGathering(limits, time.GetUtcNow().ToUnixTimeMilliseconds());
        await foreach (LogRecord record in log.ReadAsync(_archivedThrough + 1, cancel))
        {
            if (record.Sequence > through)
            {
                break;
            }
            gathered.Add(record.Batch.Span);
            if (gathered.Samples >= SamplesAtOnce)
            {
                await AppendAsync(gathered, record.Sequence, cancel);
                gathered = new RawGathering(limits, time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }
        if (through > _archivedThrough)
        {
            await AppendAsync(gathered, through, cancel);
        }
    }

    private async Task AppendAsync(RawGathering gathered, ulong through, CancellationToken cancel)
    {
        var blocks = new List<RawBlock>();
        foreach (RawMetric metric in gathered.Metrics)
        {
            HashSet<SeriesId> admitted = await AdmittedAsync(metric.Name, cancel);
            blocks.AddRange(metric.Blocks(admitted, limits.Defaults.Policy));
        }
        await raw.AppendRawAsync(blocks, new FlushCursor(AllMetrics, FlushStream.Raw, origin, through + 1, through, time.GetUtcNow().ToUnixTimeMilliseconds()), cancel);
        _archivedThrough = through;
    }

    /// <summary>The series that their grain let in: what it refused is in the log, but must not come back as raw samples.</summary>
    private async Task<HashSet<SeriesId>> AdmittedAsync(string metric, CancellationToken cancel)
    {
        var admitted = new HashSet<SeriesId>();
        foreach (ActiveSeries series in await grains.ListSeriesAsync(metric, int.MaxValue, cancel))
        {
            admitted.Add(series.Id);
        }
        foreach (SeriesDefinition series in await rollups.ListSeriesAsync(metric, int.MaxValue, cancel))
        {
            admitted.Add(series.Id);
        }
        return admitted;
    }
}

/// <summary>Samples read back from the log, by metric and series.</summary>
internal sealed class RawGathering(GrainLimits limits, long nowMs)
{
    private readonly Dictionary<string, RawMetric> _metrics = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, RawMetric> _byHash = [];

    public long Samples { get; private set; }

    public IReadOnlyCollection<RawMetric> Metrics => _metrics.Values;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
        {
            return;
        }
        long oldest = nowMs - (long)limits.Defaults.MaxAge.TotalMilliseconds;
        foreach (SliceLocation location in batch)
        {
            // Histograms have no raw form: their sketches are in the rollups.
            if (SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice) && slice.Kind != MetricKind.Histogram)
            {
                Samples += MetricOf(in slice, location.MetricHash).Add(in slice, oldest);
            }
        }
    }

    private RawMetric MetricOf(in SampleSlice slice, ulong hash)
    {
        if (_byHash.TryGetValue(hash, out RawMetric? metric) && metric.IsNamed(slice.Name))
        {
            return metric;
        }
        string name = Encoding.UTF8.GetString(slice.Name);
        if (!_metrics.TryGetValue(name, out metric))
        {
            _metrics.Add(name, metric = new RawMetric(name, slice.Kind, Encoding.UTF8.GetString(slice.Unit)));
        }
        return _byHash[hash] = metric;
    }
}
