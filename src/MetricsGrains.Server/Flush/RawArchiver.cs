using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Options;

namespace MetricsGrains.Server.Flush;

/// <summary>
/// Makes raw blocks out of the log: every ten minutes (or as set) what was logged since is sorted by series and appended to the store, with the
/// log's position as cursor. The samples are on disk in the log already, so grains need not hold them a second time in memory.
/// </summary>
/// <param name="neededFrom">
/// Given the record after the archived ones, the oldest that grains still need: written into the cursor, as where the log is to be read from again. Null: that
/// is what the log keeps. With it the log may have another archiver, and a write takes place only behind the own last one.
/// </param>
/// <param name="handedThrough">
/// Highest record handed to the grains. No further is archived: which series a grain lets in is known only once it has seen them.
/// </param>
public sealed class RawArchiver(IRecordLog log, Func<ulong> handedThrough, IGrains grains, IRollupStore rollups, IRawStore raw, string origin, GrainLimits limits, FlushCursor? cursor, TimeProvider time, FlushOptions? options = null, RawDetail? detail = null, Func<ulong, CancellationToken, Task<ulong>>? neededFrom = null)
{
    /// <summary>The cursor's metric: the stream is kept for all metrics of an origin together.</summary>
    public const string AllMetrics = "*";

    private const int SamplesAtOnce = 4_000_000;

    private readonly long _everyMs = (long)(options ?? new FlushOptions()).RawInterval.TotalMilliseconds;
    private ulong _archivedThrough = cursor?.AppliedThrough ?? 0;
    private FlushCursor? _attempted;
    private long _nextMs;

    internal ulong HandedThrough => handedThrough();

    /// <summary>The oldest record not archived yet.</summary>
    public ulong NeededFrom => _archivedThrough + 1;

    /// <summary>Whether <see cref="ArchiveIfDueAsync"/> would archive.</summary>
    public bool IsDue(long nowMs)
    {
        if (_nextMs == 0)
        {
            _nextMs = nowMs + _everyMs;
        }
        return nowMs >= _nextMs;
    }

    public async Task ArchiveIfDueAsync(long nowMs, CancellationToken cancel)
    {
        if (IsDue(nowMs))
        {
            await ArchiveAsync(cancel);
            _nextMs = nowMs + _everyMs;
        }
    }

    /// <summary>Archives all that is durable and with the grains now.</summary>
    public async Task ArchiveAsync(CancellationToken cancel)
    {
        // Whether a write that failed took place is unknown: the same records under the same cursor are skipped if it did.
        if (_attempted is { } attempted)
        {
            await ArchiveAsync(attempted.AppliedThrough, int.MaxValue, cancel);
        }
        await ArchiveAsync(Math.Min(log.Status.DurableThrough, handedThrough()), SamplesAtOnce, cancel);
    }

    private async Task ArchiveAsync(ulong through, long samplesAtOnce, CancellationToken cancel)
    {
        RawGathering gathered = NewGathering();
        await foreach (LogRecord record in log.ReadAsync(_archivedThrough + 1, cancel))
        {
            if (record.Sequence > through)
            {
                break;
            }
            gathered.Add(record.Batch.Span);
            if (gathered.Samples >= samplesAtOnce)
            {
                await AppendAsync(gathered, record.Sequence, cancel);
                gathered = NewGathering();
            }
        }
        if (through > _archivedThrough)
        {
            await AppendAsync(gathered, through, cancel);
        }
    }

    private RawGathering NewGathering() => new(limits.Defaults.MaxAge, detail ?? RawDetail.All, time.GetUtcNow().ToUnixTimeMilliseconds());

    private async Task AppendAsync(RawGathering gathered, ulong through, CancellationToken cancel)
    {
        var blocks = new List<RawBlock>();
        foreach (RawMetric metric in gathered.Metrics)
        {
            // What was sent under the name as another kind is in the log too, and was refused.
            if (metric.HasSamples && await KindOfAsync(metric.Name, cancel) == metric.Kind)
            {
                HashSet<SeriesId> admitted = await AdmittedAsync(metric.Name, cancel);
                blocks.AddRange(metric.Blocks(admitted, limits.Defaults.Policy));
            }
        }
        if (_attempted is null)
        {
            ulong from = neededFrom is null ? through + 1 : await neededFrom(through + 1, cancel);
            _attempted = new FlushCursor(AllMetrics, FlushStream.Raw, origin, from, through, time.GetUtcNow().ToUnixTimeMilliseconds()) { After = neededFrom is null ? null : _archivedThrough };
        }
        await raw.AppendRawAsync(blocks, _attempted, cancel);
        _attempted = null;
        _archivedThrough = through;
    }

    private async Task<MetricKind?> KindOfAsync(string metric, CancellationToken cancel) =>
        (await grains.DescribeAsync(metric, cancel))?.Kind ?? (await rollups.FindMetricAsync(metric, cancel))?.Kind;

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
internal sealed class RawGathering(TimeSpan maxAge, RawDetail detail, long nowMs)
{
    private readonly Dictionary<(string Name, MetricKind Kind), RawMetric> _metrics = [];
    private readonly Dictionary<(ulong Hash, MetricKind Kind), RawMetric> _byHash = [];

    public long Samples { get; private set; }

    public IReadOnlyCollection<RawMetric> Metrics => _metrics.Values;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
        {
            return;
        }
        foreach (SliceLocation location in batch)
        {
            // Histograms have no raw form: their sketches are in the rollups.
            if (SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice) && slice.Kind != MetricKind.Histogram)
            {
                Samples += MetricOf(in slice, location.MetricHash).Add(in slice);
            }
        }
    }

    private RawMetric MetricOf(in SampleSlice slice, ulong hash)
    {
        if (_byHash.TryGetValue((hash, slice.Kind), out RawMetric? metric) && metric.IsNamed(slice.Name))
        {
            return metric;
        }
        string name = Encoding.UTF8.GetString(slice.Name);
        if (!_metrics.TryGetValue((name, slice.Kind), out metric))
        {
            TimeSpan? keep = detail.KeepOf(name);
            long oldest = keep == TimeSpan.Zero ? long.MaxValue : nowMs - (long)(keep < maxAge ? keep.Value : maxAge).TotalMilliseconds;
            _metrics.Add((name, slice.Kind), metric = new RawMetric(name, slice.Kind, Encoding.UTF8.GetString(slice.Unit), keep, oldest));
        }
        return _byHash[(hash, slice.Kind)] = metric;
    }
}
