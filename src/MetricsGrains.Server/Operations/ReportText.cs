using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Reports;

namespace MetricsGrains.Server.Operations;

/// <summary>A report for people.</summary>
internal static class ReportText
{
    public static void Write(StoreReport report, TextWriter output)
    {
        output.WriteLine(report.Description);
        output.WriteLine($"  {report.Place}, {Figures.Time(report.AtMs)}");
        output.WriteLine($"  {Figures.Bytes(report.SizeBytes)}{(report.FreeBytes is > 0 ? $", of which {Figures.Bytes(report.FreeBytes)} are free for new rows" : "")}");
        output.WriteLine($"  {Figures.Count(report.MetricCount)} metrics, {Figures.Count(report.SeriesCount)} series");
        if (report.Integrity is not null)
        {
            output.WriteLine($"  integrity: {report.Integrity}");
        }
        output.WriteLine();
        WriteTables(report, output);
        WriteCursors(report, output);
        WriteMetrics(report, output);
    }

    private static void WriteTables(StoreReport report, TextWriter output)
    {
        var table = new TextTable("table", "partitions", "rows", "size", "oldest", "newest", "partial rows", "kept", "dropped through");
        foreach (TableReport t in report.Tables)
        {
            table.Add(
                t.Name, Figures.Count(t.Partitions), Figures.Count(t.Rows), Figures.Bytes(t.Bytes), Figures.Time(t.OldestMs), Figures.Time(t.NewestMs),
                Figures.Count(t.PartialRows), Durations.Format(t.Kept), Figures.Time(t.DroppedThroughMs));
        }
        table.Write(output);
        string compact = report.HoursToCompact is { } hours ? $", {Figures.Count(hours)} hours to compact" : "";
        output.WriteLine($"  {Figures.Count(report.HoursToDerive)} hours and {Figures.Count(report.DaysToDerive)} days of metrics to derive (the open ones are always among them){compact}");
        output.WriteLine();
    }

    private static void WriteCursors(StoreReport report, TextWriter output)
    {
        var table = new TextTable("log", "stream", "cursors", "applied through", "records behind", "complete to", "lag");
        foreach (CursorReport c in report.Cursors)
        {
            table.Add(c.Origin, c.Stream, Figures.Count(c.Cursors), $"{c.AppliedThrough}", $"{c.BehindRecords}", Figures.Time(c.OpenFromMs), Figures.Age(c.LagMs));
        }
        table.Write(output);
        output.WriteLine();
    }

    private static void WriteMetrics(StoreReport report, TextWriter output)
    {
        if (report.MetricsBySize is not { } metrics)
        {
            return;
        }
        var table = new TextTable("metric", "kind", "series", "rows", "raw blocks", "size", "last seen");
        foreach (MetricReport m in metrics)
        {
            table.Add(m.Name, m.Kind, Figures.Count(m.Series), Figures.Count(m.Rows), Figures.Count(m.RawBlocks), Figures.Bytes(m.Bytes), Figures.Time(m.LastSeenMs));
        }
        table.Write(output);
        if (metrics.Count < report.MetricCount)
        {
            output.WriteLine($"  and {Figures.Count(report.MetricCount - metrics.Count)} more (--top N lists more)");
        }
    }
}
