namespace MetricsGrains.Core.Alerting;

/// <summary>What an edit of a channel changed, in words, for the history. Of secrets only that they changed.</summary>
public static class ChannelChanges
{
    /// <summary>Empty: nothing changed.</summary>
    public static string Between(Channel before, Channel after)
    {
        var changes = new List<string>();
        Add(changes, "name", before.Name, after.Name);
        Add(changes, "enabled", Flag(before.Enabled), Flag(after.Enabled));
        foreach (ChannelField field in ChannelSchema.Of(after.Type))
        {
            IReadOnlyDictionary<string, string> old = field.Secret ? before.Secrets : before.Settings, now = field.Secret ? after.Secrets : after.Settings;
            string from = old.GetValueOrDefault(field.Name, ""), to = now.GetValueOrDefault(field.Name, "");
            if (!field.Secret)
            {
                Add(changes, field.Name, from, to);
            }
            else if (from != to)
            {
                changes.Add($"{field.Name} {(from.Length == 0 ? "set" : to.Length == 0 ? "taken away" : "replaced")}");
            }
        }
        Add(changes, "grouping", before.Grouping.ToString().ToLowerInvariant(), after.Grouping.ToString().ToLowerInvariant());
        Add(changes, "group_wait", AlertDuration.Format(before.GroupWait), AlertDuration.Format(after.GroupWait));
        Add(changes, "group_interval", AlertDuration.Format(before.GroupInterval), AlertDuration.Format(after.GroupInterval));
        Add(changes, "rate_per_minute", FormattableString.Invariant($"{before.RatePerMinute}"), FormattableString.Invariant($"{after.RatePerMinute}"));
        Add(changes, "fallback", before.FallbackId?.ToString() ?? "", after.FallbackId?.ToString() ?? "");
        return string.Join("; ", changes);
    }

    private static string Flag(bool value) => value ? "true" : "false";

    private static void Add(List<string> changes, string name, string before, string after)
    {
        if (before != after)
        {
            changes.Add($"{name} {Or(before)} → {Or(after)}");
        }
    }

    private static string Or(string text) => text.Length == 0 ? "none" : text;
}
