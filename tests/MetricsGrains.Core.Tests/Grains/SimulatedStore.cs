using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>The store's promise without the store: rows are merged by series and minute, a flush that moves no cursor is skipped.</summary>
internal sealed class SimulatedStore
{
    private readonly Dictionary<string, FlushCursor> _cursors = [];

    public Dictionary<(TagSet Tags, long MinuteMs), AggregatePoint> Rows { get; } = [];

    public IReadOnlyList<FlushCursor> Cursors => [.. _cursors.Values];

    public ulong ReplayFrom(string origin) => _cursors.TryGetValue(origin, out FlushCursor? cursor) ? cursor.ReplayFrom : 1;

    public void Append(RollupFlush flush)
    {
        if (flush.Cursors.Count > 0 && !flush.Cursors.Any(IsBeyond))
        {
            return;
        }
        foreach (RollupRow row in flush.Rows)
        {
            SeriesDefinition series = flush.Series[row.Series];
            if (!Rows.TryGetValue((series.Tags, row.BucketMs), out AggregatePoint? point))
            {
                Rows.Add((series.Tags, row.BucketMs), point = new AggregatePoint { BucketMs = row.BucketMs });
            }
            point.Aggregate.Merge(row.Aggregate);
            Assert.True(point.TryMergeEncoded(series.Kind, row.Sketch));
        }
        foreach (FlushCursor cursor in flush.Cursors)
        {
            _cursors[cursor.Origin] = cursor;
        }
    }

    /// <summary>Every observation is in exactly one row, and no row holds anything else.</summary>
    public void AssertHolds(IEnumerable<Observation> observations, IReadOnlyList<TagSet> tags, string context, bool withIncrease = true)
    {
        var expected = observations.ToLookup(o => (tags[o.Series], Resolution.Floor(o.Ms, Resolution.OneMinute)));
        foreach (IGrouping<(TagSet Tags, long MinuteMs), Observation> row in expected)
        {
            string where = $"{context}, {row.Key.Tags} minute {row.Key.MinuteMs}";
            Check.That(Rows.TryGetValue(row.Key, out AggregatePoint? point), $"{where}: no row");
            Oracle.AssertEqual([.. row], point!, withSketch: true, where, withIncrease);
        }
        Check.That(Rows.Count == expected.Count, $"{context}: {Rows.Count} rows, want {expected.Count}");
    }

    private bool IsBeyond(FlushCursor cursor) =>
        !_cursors.TryGetValue(cursor.Origin, out FlushCursor? stored) || cursor.AppliedThrough > stored.AppliedThrough || cursor.OpenFromMs > stored.OpenFromMs;
}
