using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Options;

/// <summary>How long raw samples are kept of which metrics. Their rollups are not touched by it.</summary>
/// <param name="rules">The first that matches counts.</param>
public sealed class RawDetail(IReadOnlyList<RawDetailRule> rules)
{
    /// <summary>All metrics' samples, as long as the raw retention says.</summary>
    public static readonly RawDetail All = new([]);

    public IReadOnlyList<RawDetailRule> Rules => rules;

    /// <returns>As <see cref="RawDetailRule.Keep"/>; null where no rule matches.</returns>
    public TimeSpan? KeepOf(string metric) => rules.FirstOrDefault(r => TagFilter.GlobMatches(r.Pattern, metric))?.Keep;

    internal static RawDetail Read(OptionReader reader, TimeSpan rawRetention) =>
        new([.. reader.Entries("RawDetail").Select(entry => ReadRule(reader, entry, rawRetention))]);

    private static RawDetailRule ReadRule(OptionReader reader, string entry, TimeSpan rawRetention)
    {
        string pattern = reader.Text($"{entry}:Pattern", "");
        if (pattern.Length == 0)
        {
            reader.Refuse($"{entry}:Pattern", "missing: a metric's name, in which * stands for anything");
        }
        return new RawDetailRule(pattern, ReadKeep(reader, $"{entry}:Keep", rawRetention));
    }

    private static TimeSpan? ReadKeep(OptionReader reader, string key, TimeSpan rawRetention)
    {
        string text = reader.Text(key, "");
        switch (text.ToLowerInvariant())
        {
            case "all":
                return null;
            case "none":
                return TimeSpan.Zero;
        }
        // Memory holds the last hour in any case.
        if (!Durations.TryParse(text, out TimeSpan keep) || keep < TimeSpan.FromHours(1))
        {
            reader.Refuse(key, $"'{text}' must be all, none, or a time of at least 1h, like 12h or 3d");
        }
        else if (keep > rawRetention)
        {
            reader.Refuse(key, $"'{text}' is longer than {NodeOptions.Section}:Retention:Raw, {Durations.Format(rawRetention)}; say all, or raise that");
        }
        return keep >= rawRetention ? null : keep;
    }
}
