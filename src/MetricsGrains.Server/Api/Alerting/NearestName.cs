using MetricsGrains.Server.Options;

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
            int distance = EditDistance.Between(Folded(written), Folded(name));
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
}
