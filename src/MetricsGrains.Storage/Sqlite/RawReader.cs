using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Answers one query of one metric from its raw blocks, inside of one snapshot.</summary>
internal sealed class RawReader(SqliteConnection connection, StoredSeries series, AggregateQuery query, CancellationToken cancel)
{
    private readonly RawFrame _frame = new(series, query);

    /// <summary>How many stored blocks could not be read.</summary>
    public int DamagedBlocks { get; private set; }

    public AggregateFrame Read()
    {
        if (_frame.IsEmpty)
        {
            return AggregateFrame.Empty;
        }
        List<Partition> partitions = Partitions.Load(connection);
        foreach (PartitionKind kind in (PartitionKind[])[PartitionKind.Raw, PartitionKind.BriefRaw])
        {
            foreach (Partition partition in Partitions.Overlapping(partitions, kind, _frame.ReadFromMs, query.ToMs))
            {
                ReadPartition(partition, _frame.ReadFromMs);
            }
        }
        return _frame.Build();
    }

    private void ReadPartition(Partition partition, long from)
    {
        // Two steps: the index alone tells which blocks are wanted, so that no other block's bytes are read.
        var wanted = new List<(long Id, long SeriesId)>();
        using (var find = new Statement(connection, $"SELECT id, series_id FROM {partition.Name} WHERE metric_id = ?1 AND min_ts >= ?2 AND min_ts < ?3 AND max_ts >= ?4"))
        {
            long earliest = from < long.MinValue + partition.MaxSpanMs ? long.MinValue : from - partition.MaxSpanMs;
            find.Bind(1, series.MetricId).Bind(2, earliest).Bind(3, query.ToMs).Bind(4, from);
            while (find.Step())
            {
                if (_frame.Wants(find.Int64(1)))
                {
                    wanted.Add((find.Int64(0), find.Int64(1)));
                }
            }
        }
        // In the order of writing: of two samples at the same time the one that came later is the last.
        wanted.Sort((a, b) => a.Id.CompareTo(b.Id));
        using var read = new Statement(connection, $"SELECT block FROM {partition.Name} WHERE id = ?1");
        foreach ((long id, long seriesId) in wanted)
        {
            cancel.ThrowIfCancellationRequested();
            if (read.Bind(1, id).Step() && RawBlockCodec.TryDecode(read.Blob(0), out RawSamples samples))
            {
                _frame.Take(seriesId, samples);
            }
            else
            {
                DamagedBlocks++;
            }
            read.Reset();
        }
    }
}
