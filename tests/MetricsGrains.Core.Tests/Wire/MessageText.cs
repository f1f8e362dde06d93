using System.Text;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>All that is in a message, as text in which doubles are their bits: two messages are equal when their texts are.</summary>
internal static class MessageText
{
    public static string Of(AggregateQuery query) =>
        $"{query.FromMs}..{query.ToMs}/{query.StepMs} {query.Sketch} by {(query.GroupBy is null ? "series" : $"[{string.Join('|', query.GroupBy)}]")} where "
        + string.Join(" and ", query.Filters.Select(f => $"'{f.Key}' {f.Match} '{f.Value}'"));

    public static string Of(MetricAnswer? answer) => answer is null ? "none"
        : $"{answer.Kind} '{answer.Unit}' from {answer.CompleteFromMs} newest {answer.NewestMs} of {answer.SeriesMatched}{Of(answer.Frame)}{Of(answer.Pending)}";

    public static string Of(MetricSummary? s) => s is null ? "none"
        : $"{s.Name} {s.Kind} '{s.Unit}' {s.SeriesCount} tried {Bits(s.SeriesTried)} refused {s.SeriesRefused} top {(s.TopTagKey is null ? "null" : $"'{s.TopTagKey}'")} {Bits(s.TopTagValues)} seen {s.LastSeenMs} bytes {s.MemoryBytes}";

    public static string Of(IReadOnlyList<MetricSummary> summaries) => string.Join('\n', summaries.Select(Of));

    public static string Of(IReadOnlyList<ActiveSeries> series) => string.Join('\n', series.Select(s => $"{s.Id} {Convert.ToHexString(s.Tags.Canonical)} {s.LastSeenMs}"));

    private static string Of(AppendResult result) =>
        $"{result.Accepted}\n" + string.Join('\n', result.Refusals.Select(r => $"{r.Slice}/{r.Series} {(byte)r.Reason} x{r.Samples} '{r.Detail}'"));

    public static string Of(SiloReport r) =>
        $"'{r.Node}' '{r.Version}' {r.StartedMs} {r.Metrics} {r.Series} {r.Bytes} {Bits(r.SamplesPerSecond)} {r.Rules}"
        + string.Concat(r.Origins.Select(o => $"\n'{o.Origin}' {o.Logged} {o.Applied} {o.Behind} {o.Copy}")) + string.Concat(r.Hot.Select(m => $"\n'{m.Name}' {Bits(m.SamplesPerSecond)} {m.Series}"));

    public static string Of(IReadOnlyList<NewActivation> activations) => string.Join('\n', activations.Select(a => $"'{a.Metric}' {a.Epoch}"));

    public static string Of(IReadOnlyList<OriginHolding> holdings) => string.Join('\n', holdings.Select(h => $"'{h.Origin}' {string.Join(',', h.Indexes)}"));

    public static string Of(CopyRequest r) =>
        $"'{r.Origin}' {r.Generation} after {r.Previous} needed {r.NeededFrom} {r.Begins} {r.IsWhole}" + string.Concat(r.Records.Select(o => $"\n{o.Sequence} {o.NewestMs} {Convert.ToHexString(o.Batch.Span)}"));

    public static string Of(CopyAnswer answer) => $"{answer.Generation} through {answer.Through}";

    public static string Of(DispatchAnswer answer) => $"{answer.Status} epoch {answer.Epoch} applied {answer.AppliedThrough} needed {answer.NeededFrom} {Of(answer.Result)}";

    private static string Of(PendingRows? pending) => pending is null ? "\nnothing pending"
        : $"\nepoch {pending.Epoch}\nwaiting{Of(pending.Waiting)}\nhanded out{Of(pending.HandedOut)}"
            + string.Concat(pending.Cursors.Select(c => $"\n{c.Metric} {(byte)c.Stream} {c.Origin} {c.ReplayFrom} {c.AppliedThrough} {c.OpenFromMs}"));

    private static string Of(AggregateFrame frame)
    {
        var text = new StringBuilder();
        foreach (AggregateGroup group in frame.Groups)
        {
            text.Append('\n').Append(Convert.ToHexString(group.Key.Canonical)).Append(':');
            foreach (AggregatePoint point in group.Points)
            {
                WindowAggregate a = point.Aggregate;
                text.Append($"\n@{point.BucketMs} {Bits(a.Count)} {Bits(a.Sum)} {Bits(a.Min)} {Bits(a.Max)} {Bits(a.Last)} @{a.LastAt} {Bits(a.Increase)}");
                text.Append($" {(point.Sketch is null ? "-" : Convert.ToHexString(point.Sketch.ToArray()))} {(point.Distinct is null ? "-" : Convert.ToHexString(point.Distinct.ToArray()))}");
            }
        }
        return text.ToString();
    }

    private static string Bits(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("X16");
}
