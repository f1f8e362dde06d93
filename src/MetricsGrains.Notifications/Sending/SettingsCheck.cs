using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Sending;

/// <summary>What can be said of a channel's settings by its schema alone.</summary>
internal static class SettingsCheck
{
    /// <summary>Required settings that are absent, and names that the channel's type does not have or that are in the wrong place.</summary>
    public static List<FieldProblem> Schema(Channel channel)
    {
        IReadOnlyList<ChannelField> fields = ChannelSchema.Of(channel.Type);
        var problems = new List<FieldProblem>();
        foreach (ChannelField field in fields.Where(f => f.Required && ChannelSchema.Get(channel, f.Name).Length == 0))
        {
            problems.Add(new FieldProblem(field.Name, $"{field.Label} must be set"));
        }
        foreach (string name in channel.Settings.Keys.Where(n => !fields.Any(f => f.Name == n && !f.Secret)))
        {
            problems.Add(new FieldProblem(name, fields.Any(f => f.Name == name) ? "is a secret, and must be given as one" : $"a {channel.Type} channel has no such setting"));
        }
        foreach (string name in channel.Secrets.Keys.Where(n => !fields.Any(f => f.Name == n && f.Secret)))
        {
            problems.Add(new FieldProblem(name, $"a {channel.Type} channel has no such secret"));
        }
        return problems;
    }

    /// <summary>Whether a text can stand in a header or command: printable ASCII without spaces.</summary>
    public static bool IsToken(string text) => text.All(c => c is > ' ' and < '\x7f');

    /// <summary>An answer for a channel that can't be used as it is; null when it can.</summary>
    public static SendOutcome? Refusal(IReadOnlyList<FieldProblem> problems)
    {
        string[] errors = [.. problems.Where(p => !p.Warning).Select(p => $"{p.Field}: {p.Message}")];
        return errors.Length == 0 ? null : SendOutcome.Rejected("the channel's settings are wrong: " + string.Join("; ", errors));
    }
}
