using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A channel as it stands in the form: what is typed is kept as typed. Stored secrets are never in it.</summary>
public sealed record ChannelDraft
{
    public string Name { get; init; } = "";

    public ChannelType Type { get; init; } = ChannelType.Slack;

    public bool Enabled { get; init; } = true;

    /// <summary>Settings and secrets, by the names of <see cref="ChannelSchema"/>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Stored secrets that are to go.</summary>
    public IReadOnlyList<string> Cleared { get; init; } = [];

    public NotificationGrouping Grouping { get; init; } = NotificationGrouping.Channel;

    public string GroupWait { get; init; } = "30s";

    public string GroupInterval { get; init; } = "5m";

    public string RatePerMinute { get; init; } = "30";

    public Guid? FallbackId { get; init; }

    public static ChannelDraft New(ChannelType type) => new() { Type = type, Grouping = ChannelSchema.GroupingOf(type) };

    public static ChannelDraft Of(ChannelView view) => new()
    {
        Name = view.Name,
        Type = view.Type,
        Enabled = view.Enabled,
        Values = view.Settings,
        Grouping = view.Grouping,
        GroupWait = AlertDuration.Format(view.GroupWait),
        GroupInterval = AlertDuration.Format(view.GroupInterval),
        RatePerMinute = view.RatePerMinute.ToString(CultureInfo.InvariantCulture),
        FallbackId = view.FallbackId,
    };

    public string ValueOf(string name) => Values.GetValueOrDefault(name, "");

    public ChannelDraft With(string name, string value) => this with { Values = new Dictionary<string, string>(Values) { [name] = value }, Cleared = [.. Cleared.Where(c => c != name)] };

    public ChannelDraft Clear(string name) => With(name, "") with { Cleared = [.. Cleared.Where(c => c != name), name] };

    public ChannelDraft Keep(string name) => this with { Cleared = [.. Cleared.Where(c => c != name)] };

    /// <param name="problems">What can't be read; the rest is for <see cref="ChannelEdit.Check"/>.</param>
    public ChannelEdit ToEdit(out IReadOnlyList<FieldProblem> problems)
    {
        var reader = new DraftReader();
        var edit = new ChannelEdit
        {
            Name = Name,
            Type = Type,
            Enabled = Enabled,
            Values = Values.Where(v => v.Value.Length > 0).ToDictionary(v => v.Key, v => v.Value),
            Cleared = [.. Cleared],
            Grouping = Grouping,
            GroupWait = reader.Duration("group_wait", GroupWait),
            GroupInterval = reader.Duration("group_interval", GroupInterval),
            RatePerMinute = reader.Whole("rate_per_minute", RatePerMinute, 30),
            FallbackId = FallbackId,
        };
        problems = reader.Problems;
        return edit;
    }
}
