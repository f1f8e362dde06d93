using System.Globalization;
using MetricsGrains.Core.Model;
using MetricsGrains.Dashboard.Components.Inputs;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>What the fields of the Explore page offer. An unknown metric has nothing to offer; the page says so elsewhere.</summary>
public static class Completion
{
    public static async Task<IReadOnlyList<ComboboxOption>> MetricsAsync(IMetricQueries queries, string typed, int limit, CancellationToken cancel)
    {
        Page<MetricInfo> page = await queries.ListMetricsAsync(typed, null, limit, cancel);
        return [.. page.Items.Select(m => new ComboboxOption(m.Name, MetricKinds.NameOf(m.Kind).Replace('_', ' ')))];
    }

    public static async Task<IReadOnlyList<ComboboxOption>> KeysAsync(IMetricQueries queries, string metric, string typed, CancellationToken cancel)
    {
        try
        {
            IReadOnlyList<KeyValuePair<string, int>> keys = await queries.TagKeysAsync(metric, cancel);
            return [.. keys.Where(k => k.Key.Contains(typed, StringComparison.OrdinalIgnoreCase))
                .Select(k => new ComboboxOption(k.Key, k.Value.ToString(CultureInfo.InvariantCulture) + (k.Value == 1 ? " value" : " values")))];
        }
        catch (UnknownMetricException)
        {
            return [];
        }
    }

    public static async Task<IReadOnlyList<ComboboxOption>> ValuesAsync(IMetricQueries queries, string metric, string key, string typed, int limit, CancellationToken cancel)
    {
        if (key.Length == 0)
        {
            return [];
        }
        try
        {
            Page<string> page = await queries.TagValuesAsync(metric, key, typed.Trim('*'), null, limit, cancel);
            return [.. page.Items.Select(v => new ComboboxOption(v))];
        }
        catch (UnknownMetricException)
        {
            return [];
        }
    }
}
