using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Hosting;

/// <summary>What a grain is activated with: its metric's limits, and how much of the log the store already has.</summary>
/// <param name="cursors">All rollup cursors of the store at start.</param>
/// <param name="completeFromMs">See <see cref="MetricGrain"/>; what the log's Release said at start.</param>
/// <param name="replayed">The origin whose log is replayed; empty: none.</param>
internal sealed class GrainActivation(GrainLimits limits, IEnumerable<FlushCursor> cursors, long completeFromMs, string replayed)
{
    private readonly ILookup<string, FlushCursor> _cursors = cursors.Where(c => c.Stream == FlushStream.Rollup).ToLookup(c => c.Metric, StringComparer.Ordinal);

    public MetricGrain Activate(string name, MetricKind kind, string unit, long nowMs, TagSetPool tagSets, WindowSealer sealer)
    {
        FlushCursor[] cursors = [.. _cursors[name]];
        // What came by a log that is not replayed is in the store alone, up to where that log's flushes reached.
        long complete = cursors.Where(c => c.Origin != replayed).Aggregate(completeFromMs, (from, cursor) => Math.Max(from, cursor.OpenFromMs - 1));
        return new MetricGrain(name, kind, unit, limits.For(name), cursors, complete, nowMs, tagSets, sealer);
    }
}

/// <summary>The limits of every metric: the defaults, and what is set for single ones.</summary>
public sealed record GrainLimits(MetricGrainOptions Defaults, IReadOnlyDictionary<string, int> MaxSeriesOf)
{
    public MetricGrainOptions For(string metric) =>
        MaxSeriesOf.TryGetValue(metric, out int max) ? Defaults with { MaxSeries = max } : Defaults;
}
