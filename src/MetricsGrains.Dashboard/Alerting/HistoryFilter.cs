using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Exploring;
using Microsoft.AspNetCore.WebUtilities;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Which events the History page shows; its address is nothing else.</summary>
/// <param name="Instance">The group's tags as <c>TagSet.ToString</c> writes them; null: any.</param>
/// <param name="Kinds">Ids of <see cref="HistoryKinds"/>; empty: all.</param>
public sealed record HistoryFilter(Guid? RuleId, string? Instance, IReadOnlyList<string> Kinds, TimeRange Range)
{
    public static readonly HistoryFilter Default = new(null, null, [], TimeRange.Last(24 * 3_600_000L));

    /// <summary>What can't be read keeps its default.</summary>
    public static HistoryFilter Parse(string query)
    {
        var parts = QueryHelpers.ParseQuery(query);
        string? One(string key) => parts.TryGetValue(key, out var values) ? values[^1] : null;
        TimeRange range = TimeRange.TryParseTime(One("from"), out long from) && TimeRange.TryParseTime(One("to"), out long to) && to > from && from >= 0
            ? TimeRange.Between(from, to)
            : TimeRange.TryParseLength(One("range"), out TimeRange last) ? last : Default.Range;
        return new HistoryFilter(
            Guid.TryParse(One("rule"), out Guid rule) ? rule : null,
            One("instance"),
            [.. (One("kinds") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Where(k => HistoryKinds.All.Any(a => a.Id == k))],
            range);
    }

    public string ToQuery()
    {
        var text = new StringBuilder();
        void Add(string key, string value) => text.Append(text.Length == 0 ? '?' : '&').Append(key).Append('=').Append(ExploreState.Escape(value));
        if (RuleId is { } rule)
        {
            Add("rule", rule.ToString());
        }
        if (Instance is not null)
        {
            Add("instance", Instance);
        }
        if (Kinds.Count > 0)
        {
            Add("kinds", string.Join(',', Kinds));
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
        return text.ToString();
    }

    public AlertEventQuery ToQuestion(long? before, int limit, long nowMs)
    {
        (long from, long to) = Range.Resolve(nowMs);
        IReadOnlyList<AlertEventKind> kinds = [.. HistoryKinds.All.Where(k => Kinds.Contains(k.Id)).SelectMany(k => k.Kinds)];
        // What happens in this very millisecond belongs to a range that ends now.
        return new AlertEventQuery(RuleId, Instance, null, kinds, from, Range.IsRelative ? to + 1 : to, before, limit);
    }
}
