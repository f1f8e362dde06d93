using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>What a store demands of a query of stored rollups.</summary>
internal static class StoredQuery
{
    /// <exception cref="ArgumentException">Step or range do not fall on the resolution's buckets.</exception>
    public static void Check(StoredResolution resolution, AggregateQuery query)
    {
        long length = PartitionSpan.BucketOf(StoredRange.KindOf(resolution));
        if (query.StepMs <= 0 || query.StepMs % length != 0 || query.FromMs % length != 0 || query.ToMs % length != 0)
        {
            throw new ArgumentException($"step and range must be multiples of {length} ms at resolution {resolution}", nameof(query));
        }
    }
}
