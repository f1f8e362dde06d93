using System.Text.Json;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Reads a channel. Settings and secrets come together under <c>settings</c>; null takes a secret away, an absent or empty one stays.</summary>
internal static class ChannelBody
{
    private static readonly string[] s_answered = ["secrets_set", "failed_in_a_row", "created_at", "updated_at"];

    private static readonly (string, ChannelType)[] s_types = [.. Enum.GetValues<ChannelType>().Select(t => (ChannelTypes.NameOf(t), t))];

    /// <param name="stored">The channel it edits; null for a new one.</param>
    /// <param name="inPart">What is absent stays as it is stored; secrets do that anyway.</param>
    public static ChannelEdit Read(JsonFields fields, Channel? stored, bool inPart, ChannelNames channels)
    {
        fields.Ignore(s_answered);
        if (stored is null && !fields.Has("type"))
        {
            fields.Add("type", $"missing; it must be one of {string.Join(", ", s_types.Select(t => t.Item1))}");
        }
        ChannelType type = fields.Choice("type", stored?.Type ?? ChannelType.Slack, s_types);
        (Dictionary<string, string> values, List<string> cleared) = ReadSettings(fields, type, inPart ? stored : null);
        ChannelEdit basis = inPart && stored is not null ? ChannelEdit.Of(ChannelView.Of(stored)) : new ChannelEdit { Type = type };
        return basis with
        {
            Type = type,
            Name = fields.Text("name", basis.Name),
            Enabled = fields.Flag("enabled", basis.Enabled),
            Values = values,
            Cleared = cleared,
            Grouping = fields.Has("grouping")
                ? fields.Choice("grouping", ChannelSchema.GroupingOf(type), ("channel", NotificationGrouping.Channel), ("rule", NotificationGrouping.Rule), ("instance", NotificationGrouping.Instance))
                : basis.Grouping,
            GroupWait = fields.Duration("group_wait", basis.GroupWait),
            GroupInterval = fields.Duration("group_interval", basis.GroupInterval),
            RatePerMinute = fields.Whole("rate_per_minute", basis.RatePerMinute),
            FallbackId = fields.Names("fallback") ? ReadFallback(fields, channels) : basis.FallbackId,
        };
    }

    private static (Dictionary<string, string> Values, List<string> Cleared) ReadSettings(JsonFields fields, ChannelType type, Channel? kept)
    {
        Dictionary<string, string> values = kept is null ? new(StringComparer.Ordinal) : new(kept.Settings, StringComparer.Ordinal);
        var cleared = new List<string>();
        IReadOnlyList<ChannelField> schema = ChannelSchema.Of(type);
        if (fields.Element("settings") is not { } settings)
        {
            return (values, cleared);
        }
        if (settings.ValueKind != JsonValueKind.Object)
        {
            fields.Add("settings", $"must be an object of {string.Join(", ", schema.Select(f => f.Name))}");
            return (values, cleared);
        }
        foreach (JsonProperty member in settings.EnumerateObject())
        {
            if (schema.FirstOrDefault(f => f.Name == member.Name) is not { } field)
            {
                fields.Add("settings." + member.Name, $"a {ChannelTypes.NameOf(type)} channel has no such setting{NearestName.Hint(member.Name, schema.Select(f => f.Name))}");
            }
            else if (member.Value.ValueKind == JsonValueKind.Null)
            {
                values.Remove(field.Name);
                if (field.Secret)
                {
                    cleared.Add(field.Name);
                }
            }
            else if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                // A port is a number to most people.
                values[field.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()!.Trim() : member.Value.GetRawText();
            }
            else
            {
                fields.Add("settings." + member.Name, "must be text");
            }
        }
        return (values, cleared);
    }

    private static Guid? ReadFallback(JsonFields fields, ChannelNames channels)
    {
        string written = fields.Text("fallback", "");
        if (written.Length == 0)
        {
            return null;
        }
        if (channels.Find(written) is { } channel)
        {
            return channel.Id;
        }
        fields.Add("fallback", $"there is no channel '{written}'");
        return null;
    }
}
