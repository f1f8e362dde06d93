using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Answers one query of one metric from its rollups, inside of one snapshot.</summary>
internal sealed class RollupReader(SqliteConnection connection, StoredSeries series, AggregateQuery query, CancellationToken cancel)
{
    private readonly RollupFrame _frame = new(series, query);

    /// <summary>How many stored sketches could not be read; their rows' other numbers were.</summary>
    public int DamagedSketches => _frame.DamagedSketches;

    /// <summary>Rows met by the read, also those that were passed over.</summary>
    public long RowsMet { get; private set; }

    /// <summary>How often the read sought rows.</summary>
    public long Seeks { get; private set; }

    public AggregateFrame Read(StoredResolution resolution)
    {
        if (_frame.Wanted.Ids.Length > 0)
        {
            PartitionKind kind = StoredRange.KindOf(resolution);
            List<long> days = DirtyOf(PartitionKind.OneDay, kind);
            List<long> hours = DirtyOf(PartitionKind.OneHour, kind);
            var scan = new RollupScan(connection, Partitions.Load(connection), series.MetricId, cancel);
            foreach (StoredRange range in StoredRange.Plan(kind, query.FromMs, query.ToMs, hours, days))
            {
                SeriesWalk? walk = _frame.Wanted.IsAll ? null : new SeriesWalk(_frame.Wanted, PartitionSpan.BucketOf(range.Kind));
                scan.Read(range.Kind, range.FromMs, range.ToMs, walk, query.Sketch == SketchNeed.Yes, _frame.Take);
            }
            (RowsMet, Seeks) = (scan.RowsMet, scan.Seeks);
        }
        return _frame.Build();
    }

    private List<long> DirtyOf(PartitionKind kind, PartitionKind wanted) =>
        kind > wanted ? [] : DirtyBuckets.Of(connection, kind, series.MetricId, query.FromMs, query.ToMs);
}
