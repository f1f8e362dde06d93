using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Transfer;

/// <summary>The totals of one kind's rows, by the partition of the target that holds them and by metric.</summary>
internal sealed class SpanTotals(PartitionKind kind)
{
    private readonly SortedDictionary<long, Dictionary<long, RowTotals>> _spans = [];
    private PartitionSpan _last;
    private Dictionary<long, RowTotals> _ofLast = [];

    public RowTotals Of(long unixMs, long metricId)
    {
        if (unixMs < _last.StartMs || unixMs >= _last.EndMs)
        {
            _last = PartitionSpan.Holding(kind, unixMs);
            if (!_spans.TryGetValue(_last.StartMs, out Dictionary<long, RowTotals>? known))
            {
                _spans.Add(_last.StartMs, known = []);
            }
            _ofLast = known;
        }
        if (!_ofLast.TryGetValue(metricId, out RowTotals? totals))
        {
            _ofLast.Add(metricId, totals = new RowTotals());
        }
        return totals;
    }

    /// <summary>Takes out the spans that begin before a time.</summary>
    public IEnumerable<(PartitionSpan Span, Dictionary<long, RowTotals> Metrics)> TakeBefore(long unixMs)
    {
        while (_spans.Count > 0 && _spans.First() is var (start, metrics) && start < unixMs)
        {
            _spans.Remove(start);
            _last = default;
            yield return (PartitionSpan.Holding(kind, start), metrics);
        }
    }
}
