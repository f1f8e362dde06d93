using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Common;

/// <summary>A row of a flush in the order of the tables, so that a flush fills neighbouring pages; the index keeps partial rows in theirs.</summary>
internal readonly record struct SortedRow(long BucketMs, long SeriesId, int Index) : IComparable<SortedRow>
{
    /// <param name="ids">The stored ids of the flush's series.</param>
    public static SortedRow[] Of(IReadOnlyList<RollupRow> rows, long[] ids)
    {
        var sorted = new SortedRow[rows.Count];
        for (int i = 0; i < sorted.Length; i++)
        {
            RollupRow row = rows[i];
            if ((uint)row.Series >= (uint)ids.Length)
            {
                throw new ArgumentException($"BUG: row {i} points at series {row.Series} of {ids.Length}", nameof(rows));
            }
            sorted[i] = new SortedRow(row.BucketMs, ids[row.Series], i);
        }
        Array.Sort(sorted);
        return sorted;
    }

    public int CompareTo(SortedRow other)
    {
        int order = BucketMs.CompareTo(other.BucketMs);
        order = order != 0 ? order : SeriesId.CompareTo(other.SeriesId);
        return order != 0 ? order : Index.CompareTo(other.Index);
    }
}
