using MetricsGrains.Core.Windows;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>A tag filter in an address: <c>k:v</c>, <c>!k:v</c>, and <c>k:v*</c> for a glob.</summary>
public static class FilterText
{
    public static bool TryParse(string? text, out TagFilter filter)
    {
        filter = default;
        text ??= "";
        bool not = text.StartsWith('!');
        ReadOnlySpan<char> rest = text.AsSpan(not ? 1 : 0);
        int colon = rest.IndexOf(':');
        if (colon <= 0 || colon == rest.Length - 1)
        {
            return false;
        }
        string value = rest[(colon + 1)..].ToString();
        filter = new TagFilter(rest[..colon].ToString(), not ? TagMatch.NotEqual : value.Contains('*') ? TagMatch.Glob : TagMatch.Equal, value);
        return true;
    }

    public static string Format(TagFilter filter) => (filter.Match == TagMatch.NotEqual ? "!" : "") + filter.Key + ":" + filter.Value;
}
