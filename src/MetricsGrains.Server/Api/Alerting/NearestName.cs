namespace MetricsGrains.Server.Api.Alerting;

/// <summary>What somebody most likely meant who wrote a name that is none.</summary>
internal static class NearestName
{
    /// <returns>Null: nothing is near enough.</returns>
    public static string? Of(string written, IEnumerable<string> names)
    {
        string? nearest = null;
        int least = Math.Max(1, written.Length / 3) + 1;
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            int distance = Distance(Folded(written), Folded(name));
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }
        return nearest;
    }

    /// <summary>" Did you mean 'threshold'?", or nothing.</summary>
    public static string Hint(string written, IEnumerable<string> names) => Of(written, names) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    // metricName, metric-name and metric_name are spellings of one name.
    private static string Folded(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string a, string b)
    {
        // Nobody's field is that long; the table would be.
        if (a.Length > 64 || b.Length > 64)
        {
            return int.MaxValue;
        }
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
