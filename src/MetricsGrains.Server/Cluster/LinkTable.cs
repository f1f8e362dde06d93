using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Cluster;

/// <summary>The links of an origin, found by their metric's hash without a string being made. Guarded by the dispatch's lock.</summary>
internal sealed class LinkTable
{
    private readonly Dictionary<ulong, MetricLink> _byHash = [];

    /// <summary>Hashes, which is about as many as metrics.</summary>
    public int Count => _byHash.Count;

    public IEnumerable<MetricLink> All
    {
        get
        {
            foreach (MetricLink first in _byHash.Values)
            {
                for (MetricLink? link = first; link is not null; link = link.Next)
                {
                    yield return link;
                }
            }
        }
    }

    public MetricLink? Find(string metric) => ChainOf(StableHash.Of(metric)).FirstOrDefault(l => l.Metric == metric);

    /// <param name="slice">A slice whose name is the metric's.</param>
    public MetricLink? Find(ulong hash, in SampleSlice slice)
    {
        MetricLink? link = _byHash.GetValueOrDefault(hash);
        while (link is not null && !slice.Name.SequenceEqual(link.Name))
        {
            link = link.Next;
        }
        return link;
    }

    public MetricLink Add(ulong hash, in SampleSlice slice, ulong sequence)
    {
        var link = new MetricLink(Encoding.UTF8.GetString(slice.Name), hash) { FirstLogged = sequence, Next = _byHash.GetValueOrDefault(hash) };
        _byHash[hash] = link;
        return link;
    }

    public void Remove(MetricLink link)
    {
        // Rebuilt rather than unlinked: two names with one hash are not worth more code.
        MetricLink[] others = [.. ChainOf(link.Hash).Where(l => l != link)];
        _byHash.Remove(link.Hash);
        foreach (MetricLink other in others)
        {
            other.Next = _byHash.GetValueOrDefault(link.Hash);
            _byHash[link.Hash] = other;
        }
    }

    private IEnumerable<MetricLink> ChainOf(ulong hash)
    {
        for (MetricLink? link = _byHash.GetValueOrDefault(hash); link is not null; link = link.Next)
        {
            yield return link;
        }
    }
}
