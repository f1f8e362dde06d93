using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Server.Options;

/// <summary>Reads settings under one section and collects every mistake, so that they can be reported together, each with its key.</summary>
internal sealed class OptionReader(IConfiguration configuration, string section)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _openSections = [];

    public List<string> Mistakes { get; } = [];

    public string Text(string key, string byDefault) => Read(key) is { Length: > 0 } text ? text : byDefault;

    public int Int(string key, int byDefault, int min, int max) => (int)Long(key, byDefault, min, max);

    public long Long(string key, long byDefault, long min, long max)
    {
        string? text = Read(key);
        if (string.IsNullOrEmpty(text))
        {
            return byDefault;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value < min || value > max)
        {
            Mistakes.Add($"{section}:{key}: '{text}' must be a whole number from {min} to {max}");
            return byDefault;
        }
        return value;
    }

    public bool Flag(string key, bool byDefault)
    {
        string? text = Read(key);
        if (string.IsNullOrEmpty(text))
        {
            return byDefault;
        }
        if (!bool.TryParse(text, out bool value))
        {
            Mistakes.Add($"{section}:{key}: '{text}' must be true or false");
            return byDefault;
        }
        return value;
    }

    public T OneOf<T>(string key, T byDefault) where T : struct, Enum
    {
        string? text = Read(key);
        if (string.IsNullOrEmpty(text))
        {
            return byDefault;
        }
        // Enum.TryParse takes numbers too, and lists, which it adds up.
        if (!Enum.TryParse(text, ignoreCase: true, out T value) || !Enum.IsDefined(value) || !text.All(char.IsAsciiLetter))
        {
            Mistakes.Add($"{section}:{key}: '{text}' must be one of {string.Join(", ", Enum.GetNames<T>())}");
            return byDefault;
        }
        return value;
    }

    /// <summary>"100ms", "90s", "30m", "12h", "7d", or a TimeSpan ("7.00:00:00").</summary>
    public TimeSpan Duration(string key, TimeSpan byDefault, TimeSpan min, TimeSpan max)
    {
        string? text = Read(key);
        if (string.IsNullOrEmpty(text))
        {
            return byDefault;
        }
        if (!Durations.TryParse(text, out TimeSpan value) || value < min || value > max)
        {
            Mistakes.Add($"{section}:{key}: '{text}' must be a time from {Durations.Format(min)} to {Durations.Format(max)}, like 90s, 30m, 12h or 7d");
            return byDefault;
        }
        return value;
    }

    /// <summary>A section whose keys are names of the user's.</summary>
    public IReadOnlyDictionary<string, int> Numbers(string key, int min, int max)
    {
        _openSections.Add(key + ":");
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (IConfigurationSection child in configuration.GetSection($"{section}:{key}").GetChildren())
        {
            if (int.TryParse(child.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max)
            {
                numbers[child.Key] = value;
            }
            else
            {
                Mistakes.Add($"{section}:{key}:{child.Key}: '{child.Value}' must be a whole number from {min} to {max}");
            }
        }
        return numbers;
    }

    /// <summary>The entries of a list, in the order of their numbers.</summary>
    /// <returns>Their keys: "RawDetail:0".</returns>
    public IReadOnlyList<string> Entries(string key)
    {
        var entries = new List<string>();
        foreach (IConfigurationSection child in configuration.GetSection($"{section}:{key}").GetChildren())
        {
            if (int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                entries.Add($"{key}:{child.Key}");
            }
            else
            {
                _openSections.Add($"{key}:{child.Key}");
                Refuse($"{key}:{child.Key}", $"'{child.Key}' must be a number: the list's entries are {section}:{key}:0, {section}:{key}:1 …");
            }
        }
        return entries;
    }

    /// <param name="why">What is wrong, and what would be right.</param>
    public void Refuse(string key, string why) => Mistakes.Add($"{section}:{key}: {why}");

    /// <summary>A key that nothing reads is a typing mistake. Call last.</summary>
    public void CheckForUnknown()
    {
        foreach ((string path, string? value) in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            if (value is null || _known.Contains(path) || _openSections.Any(s => path.StartsWith(s, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }
            string? near = _known.MinBy(k => EditDistance.Between(k, path));
            Mistakes.Add($"{section}:{path}: there is no such setting{(near is not null && EditDistance.Between(near, path) <= 4 ? $"; did you mean {section}:{near}?" : "")}");
        }
    }

    private string? Read(string key)
    {
        _known.Add(key);
        return configuration[$"{section}:{key}"];
    }
}
