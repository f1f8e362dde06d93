using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Reports;

/// <summary>The tables' names in reports.</summary>
internal static class ReportTables
{
    public static string NameOf(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => "1m",
        PartitionKind.OneHour => "1h",
        PartitionKind.OneDay => "1d",
        PartitionKind.BriefRaw => "raw_brief",
        PartitionKind.Annotation => "annotation",
        _ => "raw",
    };
}
