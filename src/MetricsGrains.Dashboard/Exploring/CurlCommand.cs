using System.Globalization;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>The HTTP API call that answers what a chart shows.</summary>
public static class CurlCommand
{
    /// <param name="baseUri">Of the page, with or without a trailing slash.</param>
    public static string For(MetricQuery query, string baseUri)
    {
        var parts = new List<string> { "name=" + ExploreState.Escape(query.Metric) };
        if (query.Filters.Count > 0)
        {
            parts.Add("tags=" + ExploreState.Escape(string.Join(',', query.Filters.Select(f => FilterText.Format(f).Replace(",", "\\,", StringComparison.Ordinal)))));
        }
        if (query.GroupBy.Count > 0)
        {
            parts.Add("by=" + ExploreState.Escape(string.Join(',', query.GroupBy)));
        }
        parts.Add("stat=" + query.Statistic);
        parts.Add("from=" + query.FromMs.ToString(CultureInfo.InvariantCulture));
        parts.Add("to=" + query.ToMs.ToString(CultureInfo.InvariantCulture));
        parts.Add("resolution=" + StepChoice.NameOf(query.StepMs));
        // Single quotes: the shell must leave & and ! alone. A quote inside is escaped already.
        return $"curl -s '{baseUri.TrimEnd('/')}/metrics?{string.Join('&', parts).Replace("'", "%27", StringComparison.Ordinal)}'";
    }
}
