using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Ingest;

/// <summary>A series as some listener's bytes spell it, with what was found out about it.</summary>
internal sealed class CachedSeries
{
    public ulong Hash;
    public byte[] RawName = [];
    public byte[] RawTags = [];
    public byte[] Unit = [];
    public byte[] Tags = [];
    public SeriesId Id;
    public MetricKind Kind;

    /// <summary>Where it is in the batch being built, if that is still of this generation.</summary>
    public SeriesRef Ref;

    public int Generation;
}

/// <summary>
/// From a series as sent (name, kind, tags in whatever order) to its canonical form: parsing tags and hashing ids is done once a
/// series, not once a sample. Fixed size, four places a set, the oldest entry of a full set goes: an explosion of series makes it slower, never bigger. Not thread-safe.
/// </summary>
internal sealed class SeriesCache(int capacity)
{
    private const int Ways = 4;

    private readonly CachedSeries?[] _entries = new CachedSeries?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, Ways))];
    private int _turn;

    public static ulong HashOf(ReadOnlySpan<byte> name, MetricKind kind, ReadOnlySpan<byte> tags) => StableHash.Of(tags, StableHash.Of(name, (ulong)kind));

    public CachedSeries? Find(ulong hash, ReadOnlySpan<byte> rawName, MetricKind kind, ReadOnlySpan<byte> rawTags)
    {
        int set = SetOf(hash);
        for (int i = set; i < set + Ways; i++)
        {
            CachedSeries? entry = _entries[i];
            if (entry is not null && entry.Hash == hash && entry.Kind == kind && rawName.SequenceEqual(entry.RawName) && rawTags.SequenceEqual(entry.RawTags))
            {
                return entry;
            }
        }
        return null;
    }

    public void Add(CachedSeries entry)
    {
        int set = SetOf(entry.Hash);
        for (int i = set; i < set + Ways; i++)
        {
            if (_entries[i] is null)
            {
                _entries[i] = entry;
                return;
            }
        }
        _entries[set + (_turn++ & (Ways - 1))] = entry;
    }

    private int SetOf(ulong hash) => (int)(hash & (ulong)(_entries.Length - 1)) & ~(Ways - 1);
}
