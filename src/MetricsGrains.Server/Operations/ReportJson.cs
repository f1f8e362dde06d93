using System.Text.Encodings.Web;
using System.Text.Json;
using MetricsGrains.Storage.Reports;

namespace MetricsGrains.Server.Operations;

/// <summary>A report for programs: snake_case, times in Unix ms, sizes in bytes.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(StoreReport report) => JsonSerializer.Serialize(
        new
        {
            report.Description,
            report.Place,
            report.AtMs,
            report.SizeBytes,
            report.FreeBytes,
            Metrics = report.MetricCount,
            Series = report.SeriesCount,
            Tables = report.Tables.Select(t => new
            {
                t.Name, t.Partitions, t.Rows, t.Bytes, t.OldestMs, t.NewestMs, t.PartialRows, t.DroppedThroughMs, KeptSeconds = (long)t.Kept.TotalSeconds,
            }),
            report.HoursToDerive,
            report.DaysToDerive,
            report.HoursToCompact,
            // As text: JSON's numbers end at 53 bits in many programs.
            Cursors = report.Cursors.Select(c => new
            {
                c.Origin, c.Stream, c.Cursors, AppliedThrough = Invariant(c.AppliedThrough), BehindRecords = Invariant(c.BehindRecords), c.OpenFromMs, c.LagMs,
            }),
            report.MetricsBySize,
            report.Integrity,
        }, s_options);

    private static string Invariant(ulong number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
