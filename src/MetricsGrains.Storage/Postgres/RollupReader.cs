using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Answers one query of one metric from its rollups, inside of one snapshot.</summary>
internal sealed class RollupReader(Session session, StoredSeries series, AggregateQuery query, CancellationToken cancel)
{
    private readonly RollupFrame _frame = new(series, query);

    /// <summary>How many stored sketches could not be read; their rows' other numbers were.</summary>
    public int DamagedSketches => _frame.DamagedSketches;

    public async Task<AggregateFrame> ReadAsync(StoredResolution resolution)
    {
        if (_frame.Wanted.Ids.Length > 0)
        {
            PartitionKind kind = StoredRange.KindOf(resolution);
            List<long> days = await DirtyOfAsync(PartitionKind.OneDay, kind);
            List<long> hours = await DirtyOfAsync(PartitionKind.OneHour, kind);
            WantedSeries? wanted = _frame.Wanted.IsAll ? null : _frame.Wanted;
            foreach (StoredRange range in StoredRange.Plan(kind, query.FromMs, query.ToMs, hours, days))
            {
                await RollupScan.ReadAsync(session, series.MetricId, range, wanted, query.Sketch == SketchNeed.Yes, _frame.Take, cancel);
            }
        }
        return _frame.Build();
    }

    private async Task<List<long>> DirtyOfAsync(PartitionKind kind, PartitionKind wanted) =>
        kind > wanted ? [] : await DirtyBuckets.OfAsync(session, kind, series.MetricId, query.FromMs, query.ToMs, cancel);
}
