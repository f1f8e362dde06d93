using System.Globalization;
using System.Text;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>An alert's identity by its labels, as Alertmanager computes it: FNV-1a over names and values in order. Source: prometheus/common, model/signature.go.</summary>
internal static class LabelFingerprint
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private const byte Separator = 0xff;

    /// <returns>16 hex digits.</returns>
    public static string Of(IReadOnlyDictionary<string, string> labels)
    {
        ulong hash = OffsetBasis;
        foreach ((string name, string value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            hash = Add(Add(hash, name), value);
        }
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * Prime;
        }
        return (hash ^ Separator) * Prime;
    }
}
