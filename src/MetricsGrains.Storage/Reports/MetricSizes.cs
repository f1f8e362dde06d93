using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Reports;

/// <summary>
/// Gathers what the rows of each metric hold. Databases tell the size of tables, not of a metric's rows in them: a metric's
/// share is what its rows hold of what all rows of the table hold.
/// </summary>
internal sealed class MetricSizes
{
    /// <summary>What a row takes beside its sketch or block, about: it only weighs tables with sketches against tables without.</summary>
    public const long RowBytes = 112;

    private readonly Dictionary<PartitionKind, long> _held = [];
    private readonly Dictionary<(long MetricId, PartitionKind Kind), (long Rows, long Bytes)> _metrics = [];

    public long HeldBy(PartitionKind kind) => _held.GetValueOrDefault(kind);

    /// <param name="metricId">0 for annotations, which belong to none.</param>
    public void Add(PartitionKind kind, long metricId, long rows, long payloadBytes)
    {
        long bytes = payloadBytes + (rows * RowBytes);
        _held[kind] = HeldBy(kind) + bytes;
        (long Rows, long Bytes) before = _metrics.GetValueOrDefault((metricId, kind));
        _metrics[(metricId, kind)] = (before.Rows + rows, before.Bytes + bytes);
    }

    /// <param name="names">The metrics; rows of others are of metrics that were removed.</param>
    /// <param name="tableBytes">What each table takes on disk.</param>
    public IReadOnlyList<MetricReport> Biggest(IReadOnlyDictionary<long, MetricReport> names, IReadOnlyDictionary<PartitionKind, long> tableBytes, int top)
    {
        var reports = new Dictionary<long, MetricReport>(names);
        foreach (((long metric, PartitionKind kind), (long rows, long bytes)) in _metrics)
        {
            if (kind == PartitionKind.Annotation)
            {
                continue;
            }
            MetricReport report = reports.GetValueOrDefault(metric) ?? new MetricReport($"(removed metric {metric})", "", 0, 0, 0, 0, 0);
            long share = (long)(tableBytes.GetValueOrDefault(kind) * ((double)bytes / Math.Max(1, HeldBy(kind))));
            reports[metric] = kind is PartitionKind.Raw or PartitionKind.BriefRaw
                ? report with { RawBlocks = report.RawBlocks + rows, Bytes = report.Bytes + share }
                : report with { Rows = report.Rows + rows, Bytes = report.Bytes + share };
        }
        return [.. reports.Values.OrderByDescending(m => m.Bytes).ThenBy(m => m.Name, StringComparer.Ordinal).Take(top)];
    }
}
