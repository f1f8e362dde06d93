using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Grains;

/// <summary>Counts the distinct tag combinations ever offered to a metric, refused ones included, and the distinct values of each tag key.</summary>
internal sealed class CardinalityGuard
{
    private readonly HyperLogLog _tried = new();
    private readonly Dictionary<string, HyperLogLog> _valuesOf = [];

    public double Tried => _tried.Estimate();

    public void Offer(SeriesId id, ReadOnlySpan<byte> canonicalTags)
    {
        _tried.Add(id.Value);
        var tags = new TagSet.Enumerator(canonicalTags);
        while (tags.MoveNext())
        {
            string key = Encoding.UTF8.GetString(tags.Current.Key);
            if (!_valuesOf.TryGetValue(key, out HyperLogLog? values))
            {
                // As many keys as a series may have tags: a metric whose keys vary too must not fill memory with counters.
                if (_valuesOf.Count >= TagSet.MaxTags)
                {
                    continue;
                }
                _valuesOf.Add(key, values = new HyperLogLog());
            }
            values.Add(StableHash.Of(tags.Current.Value));
        }
    }

    /// <summary>The tag key with the most distinct values: the one to look at when a metric explodes.</summary>
    public (string? Key, double Values) Top()
    {
        (string? Key, double Values) top = (null, 0);
        foreach ((string key, HyperLogLog values) in _valuesOf)
        {
            double estimate = values.Estimate();
            if (estimate > top.Values || (estimate == top.Values && string.CompareOrdinal(key, top.Key) < 0))
            {
                top = (key, estimate);
            }
        }
        return top;
    }

    public long MemoryBytes() => _tried.MemoryBytes + _valuesOf.Sum(v => 100L + v.Value.MemoryBytes);
}
