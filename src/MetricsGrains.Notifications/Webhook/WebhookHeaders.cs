using System.Buffers;
using System.Globalization;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>Headers that people add to a webhook's requests, one a line: "Authorization: Bearer …".</summary>
internal static class WebhookHeaders
{
    public const string Signature = "X-MetricsGrains-Signature";

    /// <summary>The message's id: the same at every attempt, so that a receiver can tell a repetition.</summary>
    public const string Delivery = "X-MetricsGrains-Delivery";

    private const int MaxCount = 20;
    private const int MaxValueChars = 4096;

    // Source: RFC 9110, 5.6.2.
    private static readonly SearchValues<char> s_token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly HashSet<string> s_own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Expect", "TE", "Trailer", "Upgrade", "Keep-Alive", "Proxy-Connection", Signature, Delivery,
    };

    /// <param name="problem">What is wrong; names no value, which may be secret.</param>
    public static bool TryParse(string text, out IReadOnlyList<KeyValuePair<string, string>> headers, out string problem)
    {
        var parsed = new List<KeyValuePair<string, string>>();
        headers = parsed;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
            {
                continue;
            }
            string where = string.Create(CultureInfo.InvariantCulture, $"line {i + 1}");
            int colon = lines[i].IndexOf(':');
            string name = colon < 0 ? "" : lines[i][..colon].Trim();
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_token))
            {
                problem = $"{where}: must be like 'Name: value'";
                return false;
            }
            string value = lines[i][(colon + 1)..].Trim();
            if (value.Length > MaxValueChars || value.Any(c => c is < ' ' or >= '\x7f'))
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"{where}: the value of {name} must be printable ASCII of at most {MaxValueChars} characters");
                return false;
            }
            if (s_own.Contains(name))
            {
                problem = $"{where}: {name} is set by MetricsGrains itself";
                return false;
            }
            parsed.Add(new(name, value));
        }
        problem = parsed.Count <= MaxCount ? "" : string.Create(CultureInfo.InvariantCulture, $"at most {MaxCount} headers");
        return problem.Length == 0;
    }
}
