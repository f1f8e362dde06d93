using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>How a filter compares a tag's value.</summary>
public enum TagMatch : byte
{
    /// <summary>The tag is there and equal.</summary>
    Equal = 0,

    /// <summary>The tag is absent, or not equal.</summary>
    NotEqual = 1,

    /// <summary>The tag is there and matches a pattern in which <c>*</c> stands for any run of characters.</summary>
    Glob = 2,
}

/// <summary>A condition on one tag. Several filters on the same key with <see cref="TagMatch.Equal"/> or Glob are alternatives (or); different keys must all hold (and).</summary>
public readonly record struct TagFilter(string Key, TagMatch Match, string Value)
{
    /// <summary>Whether the tags satisfy all filters.</summary>
    public static bool AllMatch(IReadOnlyList<TagFilter> filters, TagSet tags)
    {
        for (int i = 0; i < filters.Count; i++)
        {
            TagFilter filter = filters[i];
            bool found = tags.TryGet(filter.Key, out string? value);
            if (filter.Match == TagMatch.NotEqual)
            {
                if (found && value == filter.Value)
                {
                    return false;
                }
            }
            else if (!AnyAlternative(filters, filter.Key, found ? value : null))
            {
                return false;
            }
        }
        return true;
    }

    private static bool AnyAlternative(IReadOnlyList<TagFilter> filters, string key, string? value)
    {
        if (value is null)
        {
            return false;
        }
        for (int i = 0; i < filters.Count; i++)
        {
            TagFilter filter = filters[i];
            if (filter.Key == key && ((filter.Match == TagMatch.Equal && filter.Value == value) || (filter.Match == TagMatch.Glob && GlobMatches(filter.Value, value))))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Linear-time glob: on a mismatch only the last star is widened.</summary>
    public static bool GlobMatches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }
        return p == pattern.Length;
    }
}
