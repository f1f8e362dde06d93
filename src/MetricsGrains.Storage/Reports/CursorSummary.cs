using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Reports;

/// <summary>Sums cursors up by origin.</summary>
internal static class CursorSummary
{
    public static IReadOnlyList<CursorReport> Of(IEnumerable<FlushCursor> cursors, long nowMs)
    {
        var reports = new List<CursorReport>();
        foreach (IGrouping<string, FlushCursor> origin in cursors.GroupBy(c => c.Origin, StringComparer.Ordinal))
        {
            ulong newest = origin.Max(c => c.AppliedThrough);
            reports.AddRange(origin.GroupBy(c => c.Stream).OrderBy(s => s.Key).Select(stream =>
            {
                ulong applied = stream.Max(c => c.AppliedThrough);
                long openFrom = stream.Max(c => c.OpenFromMs);
                return new CursorReport(origin.Key, stream.Key == FlushStream.Raw ? "raw" : "rollup", stream.Count(), applied, newest - applied, openFrom, Math.Max(0, nowMs - openFrom));
            }));
        }
        // The one that is written to comes first.
        return [.. reports.OrderBy(r => reports.Where(o => o.Origin == r.Origin).Min(o => o.LagMs)).ThenBy(r => r.Origin, StringComparer.Ordinal)];
    }
}
