using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Names of the partitioned tables.</summary>
internal static class PgTables
{
    /// <summary>
    /// For the transaction: a statement over many partitions looks expensive enough to be compiled, and for ours that has taken many times what
    /// running it takes.
    /// </summary>
    public const string WithoutCompiling = "SET LOCAL jit = off";

    /// <summary>
    /// Every read begins with this. A lock comes before the snapshot, so whoever drops a partition is either done, and the
    /// snapshot knows, or waits until the read is over.
    /// </summary>
    public const string HoldAgainstDropping = "LOCK TABLE ONLY rollup_1m, ONLY rollup_1h, ONLY rollup_1d, ONLY raw_block, ONLY raw_brief IN ACCESS SHARE MODE";

    /// <summary>As <see cref="HoldAgainstDropping"/>, for reads of annotations.</summary>
    public const string HoldAnnotations = "LOCK TABLE ONLY annotation IN ACCESS SHARE MODE";

    public static string NameOf(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => "rollup_1m",
        PartitionKind.OneHour => "rollup_1h",
        PartitionKind.OneDay => "rollup_1d",
        PartitionKind.BriefRaw => "raw_brief",
        PartitionKind.Annotation => "annotation",
        _ => "raw_block",
    };

    /// <summary>How long after its end a partition stays. Of raw blocks that are kept for a time of their own, the partition's end is when they go.</summary>
    public static TimeSpan KeptFor(Retention retention, PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => retention.OneMinute,
        PartitionKind.OneHour => retention.OneHour,
        PartitionKind.OneDay => retention.OneDay,
        PartitionKind.BriefRaw => TimeSpan.Zero,
        PartitionKind.Annotation => retention.Annotations,
        _ => retention.Raw,
    };
}
