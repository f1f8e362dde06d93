using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using Microsoft.AspNetCore.WebUtilities;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>All of the Explore page's state; its address is nothing else.</summary>
/// <param name="Statistic">Null: what fits the metric's kind.</param>
/// <param name="StepMs">0: chosen by the range.</param>
/// <param name="Live">Only a range that ends now moves; see <see cref="IsLive"/>.</param>
public sealed record ExploreState(
    string Metric,
    IReadOnlyList<TagFilter> Filters,
    IReadOnlyList<string> GroupBy,
    Statistic? Statistic,
    TimeRange Range,
    long StepMs,
    bool Live,
    bool Table)
{
    public static readonly ExploreState Empty = new("", [], [], null, TimeRange.Default, 0, Live: true, Table: false);

    /// <summary>Another metric over the same time: its tags and its kind are its own.</summary>
    public ExploreState ForMetric(string metric) => metric == Metric ? this : this with { Metric = metric, Filters = [], GroupBy = [], Statistic = null };

    public bool IsLive => Live && Range.IsRelative;

    /// <summary>Reads an address' query. What can't be read keeps its default and is named in <paramref name="problems"/>.</summary>
    public static ExploreState Parse(string query, out IReadOnlyList<QueryProblem> problems)
    {
        var found = new List<QueryProblem>();
        var parts = QueryHelpers.ParseQuery(query);
        string? One(string key) => parts.TryGetValue(key, out var values) ? values[^1] : null;
        ExploreState state = Empty with
        {
            Metric = One("metric")?.Trim() ?? "",
            GroupBy = [.. (One("by") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()],
            Live = One("live") != "0",
            Table = One("view") == "table",
            Range = ParseRange(One("range"), One("from"), One("to"), found),
        };
        var filters = new List<TagFilter>();
        foreach (string? text in parts.TryGetValue("filter", out var given) ? given : default)
        {
            if (FilterText.TryParse(text, out TagFilter filter))
            {
                filters.Add(filter);
            }
            else
            {
                found.Add(new QueryProblem(ExploreControl.Filter, $"'{text}' is no filter: write key:value, !key:value or key:val*"));
            }
        }
        if (One("stat") is { Length: > 0 } stat)
        {
            if (Core.Windows.Statistic.TryParse(stat, out Statistic statistic))
            {
                state = state with { Statistic = statistic };
            }
            else
            {
                found.Add(new QueryProblem(ExploreControl.Statistic, $"there is no statistic '{stat}'"));
            }
        }
        if (One("res") is { Length: > 0 } res and not "auto")
        {
            if (StepChoice.TryParse(res, out long step))
            {
                state = state with { StepMs = step };
            }
            else
            {
                found.Add(new QueryProblem(ExploreControl.Resolution, $"there is no resolution '{res}'"));
            }
        }
        problems = found;
        return state with { Filters = filters };
    }

    public string ToQuery()
    {
        var text = new StringBuilder();
        void Add(string key, string value) => text.Append(text.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Escape(value));
        if (Metric.Length > 0)
        {
            Add("metric", Metric);
        }
        foreach (TagFilter filter in Filters)
        {
            Add("filter", FilterText.Format(filter));
        }
        if (GroupBy.Count > 0)
        {
            Add("by", string.Join(',', GroupBy));
        }
        if (Statistic is { } statistic)
        {
            Add("stat", statistic.ToString());
        }
        if (Range.IsRelative)
        {
            Add("range", Range.LengthText);
        }
        else
        {
            Add("from", TimeRange.FormatTime(Range.FromMs));
            Add("to", TimeRange.FormatTime(Range.ToMs));
        }
        Add("res", StepMs == 0 ? "auto" : StepChoice.NameOf(StepMs));
        Add("live", Live ? "1" : "0");
        if (Table)
        {
            Add("view", "table");
        }
        return text.ToString();
    }

    /// <summary>The question to ask now.</summary>
    /// <param name="finestMs">See <see cref="Live.Cadence.StepMs"/>; a step that was chosen may be finer.</param>
    public MetricQuery ToQuestion(MetricKind kind, long nowMs, long finestMs = Resolution.TenSeconds)
    {
        (long from, long to) = Range.Resolve(nowMs);
        return new MetricQuery(Metric, from, to, StepMs > 0 ? StepMs : StepChoice.Auto(from, to, nowMs, finestMs), Statistic ?? FittingStatistics.Default(kind), Filters, GroupBy);
    }

    private static TimeRange ParseRange(string? length, string? from, string? to, List<QueryProblem> found)
    {
        if (from is null && to is null)
        {
            if (TimeRange.TryParseLength(length ?? TimeRange.Default.LengthText, out TimeRange range))
            {
                return range;
            }
            found.Add(new QueryProblem(ExploreControl.Range, $"'{length}' is no range: write 15m, 6h or 7d"));
            return TimeRange.Default;
        }
        if (!TimeRange.TryParseTime(from, out long fromMs) || !TimeRange.TryParseTime(to, out long toMs))
        {
            found.Add(new QueryProblem(ExploreControl.Range, "from and to must both be given, as ISO 8601 or Unix milliseconds"));
            return TimeRange.Default;
        }
        if (toMs <= fromMs || fromMs < 0 || toMs > 253_402_300_799_000)
        {
            found.Add(new QueryProblem(ExploreControl.Range, "the range must end after it starts"));
            return TimeRange.Default;
        }
        return TimeRange.Between(fromMs, toMs);
    }

    // Colons, commas and stars are legal in a query and much easier to read than their escapes.
    internal static string Escape(string value) =>
        Uri.EscapeDataString(value).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2C", ",", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal);
}
