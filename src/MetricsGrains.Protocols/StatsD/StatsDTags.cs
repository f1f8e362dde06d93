using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>Reads a line's tags. Source: the DogStatsD datagram format.</summary>
public static class StatsDTags
{
    // Repeated keys do not count towards TagSet.MaxTags, but each costs a copy: this bounds them.
    private const int MaxSegments = TagSet.MaxTags * 4;

    /// <summary>
    /// <c>key:value,key,…</c>: the first colon ends the key, a tag without one has an empty value, empty segments are skipped,
    /// the last of equal keys wins.
    /// </summary>
    /// <param name="raw">Known to be UTF-8 without control characters, as a parsed line's tags are.</param>
    /// <param name="builder">Is added to, not cleared. Of no use unless the status is Ok.</param>
    public static StatsDStatus TryRead(ReadOnlySpan<byte> raw, TagSetBuilder builder)
    {
        int segments = 0;
        while (!raw.IsEmpty)
        {
            int comma = raw.IndexOf((byte)',');
            ReadOnlySpan<byte> tag = comma < 0 ? raw : raw[..comma];
            raw = comma < 0 ? default : raw[(comma + 1)..];
            if (tag.IsEmpty)
            {
                continue;
            }
            if (++segments > MaxSegments)
            {
                return StatsDStatus.TooManyTags;
            }
            int colon = tag.IndexOf((byte)':');
            TagStatus status = colon < 0 ? builder.Add(tag, default) : builder.Add(tag[..colon], tag[(colon + 1)..]);
            if (status != TagStatus.Ok)
            {
                return Of(status);
            }
        }
        return StatsDStatus.Ok;
    }

    private static StatsDStatus Of(TagStatus status) => status switch
    {
        TagStatus.TooManyTags => StatsDStatus.TooManyTags,
        TagStatus.EmptyKey => StatsDStatus.BadTag,
        _ => StatsDStatus.TagTooLong,
    };
}
