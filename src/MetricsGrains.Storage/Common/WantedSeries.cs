namespace MetricsGrains.Storage.Common;

/// <summary>Which of a metric's series a query wants, for the choice between seeking their rows and passing over the others'.</summary>
/// <param name="ids">Ascending, all in <paramref name="known"/>.</param>
/// <param name="known">Ids of all of the metric's series, ascending. Series that came at one time have neighbouring ones.</param>
internal sealed class WantedSeries(long[] ids, long[] known)
{
    public long[] Ids => ids;

    public int KnownCount => known.Length;

    public bool IsAll => ids.Length == known.Length;

    /// <summary>How many series lie from the first wanted one to the last.</summary>
    public int Spanned => ids.Length == 0 ? 0 : PlaceOf(ids[^1]) - PlaceOf(ids[0]) + 1;

    /// <summary>Where among the known ones an id is.</summary>
    public int PlaceOf(long id) => Array.BinarySearch(known, id);
}
