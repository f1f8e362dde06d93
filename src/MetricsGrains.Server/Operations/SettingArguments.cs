using MetricsGrains.Server.Options;

namespace MetricsGrains.Server.Operations;

/// <summary>A command line in two: the node's settings, which every command takes, and the words of the command.</summary>
internal sealed record SettingArguments(IReadOnlyList<string> Words, IReadOnlyList<string> Settings)
{
    private const string Prefix = "--" + NodeOptions.Section + ":";

    public static SettingArguments Of(IReadOnlyList<string> args)
    {
        List<string> words = [], settings = [];
        for (int i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                words.Add(args[i]);
                continue;
            }
            settings.Add(args[i]);
            // "--MetricsGrains:DataPath /data" in two words, as the configuration takes it too.
            if (!args[i].Contains('=', StringComparison.Ordinal) && i + 1 < args.Count)
            {
                settings.Add(args[++i]);
            }
        }
        return new SettingArguments(words, settings);
    }
}
