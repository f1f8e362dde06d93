using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.Prometheus;

/// <summary>A tag set as labels: <c>a="b",c="d"</c>.</summary>
internal static class ExpositionLabels
{
    // A summary's own label; and a tag of that name keeps its value under the name Prometheus gives such a clash.
    private const string Quantile = "quantile";

    public static byte[] Format(TagSet tags)
    {
        // Keys that become one label are joined with ';' in the order of the keys (OpenTelemetry, "Prometheus and OpenMetrics
        // Compatibility"): a label may not be given twice. The tags come in that order.
        var labels = new List<(string Name, string Value)>(tags.Count);
        foreach ((string key, string value) in tags.ToPairs())
        {
            string name = ExpositionNames.LabelName(key);
            name = name == Quantile ? "exported_" + Quantile : name;
            int same = labels.FindIndex(label => label.Name == name);
            if (same < 0)
            {
                labels.Add((name, value));
            }
            else
            {
                labels[same] = (name, labels[same].Value + ";" + value);
            }
        }
        var text = new StringBuilder();
        foreach ((string name, string value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"").Append(Escape(value)).Append('"');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
