namespace MetricsGrains.Core.Alerting;

/// <summary>An instance's name as people write it: its tags like "host:a,region:eu", in whichever order, with or without spaces.</summary>
public static class InstanceName
{
    /// <summary>The name among those that are known which means the same; as it was written when there is none.</summary>
    public static string Known(string written, IReadOnlyList<string> known) => known.Contains(written) ? written : known.FirstOrDefault(k => PartsOf(k).SequenceEqual(PartsOf(written))) ?? written;

    private static IOrderedEnumerable<string> PartsOf(string name) => name.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
}
