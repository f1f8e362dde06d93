using System.Globalization;
using System.Text;

namespace MetricsGrains.Protocols.Tests.Prometheus;

/// <summary>Reads text format 0.0.4 as strictly as its page says, and takes nothing that only some reader forgives.</summary>
internal sealed class StrictExposition
{
    private readonly Dictionary<string, string> _types = [];
    private readonly HashSet<string> _helped = [];
    private readonly HashSet<string> _finished = [];
    private string _family = "";

    /// <summary>Series as "name{a=b;c=d}" with labels in order, values unescaped.</summary>
    public Dictionary<string, double> Series { get; } = [];

    public Dictionary<string, string> Types => _types;

    public Dictionary<string, string> Helps { get; } = [];

    public static StrictExposition Parse(ReadOnlySpan<byte> bytes)
    {
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        var exposition = new StrictExposition();
        if (text.Length == 0)
        {
            return exposition;
        }
        Check(text.EndsWith('\n'), "the last line must end with a line feed");
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                string[] parts = line.Split(' ', 4);
                exposition.Enter(parts[2]);
                Check(exposition._helped.Add(parts[2]) && !exposition._types.ContainsKey(parts[2]), "one HELP, before TYPE: " + line);
                exposition.Helps[parts[2]] = Unescape(parts[3], quoted: false);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] parts = line.Split(' ');
                Check(parts.Length == 4 && parts[3] is "counter" or "gauge" or "summary" or "untyped", line);
                exposition.Enter(parts[2]);
                Check(exposition._types.TryAdd(parts[2], parts[3]), "one TYPE: " + line);
            }
            else
            {
                exposition.ReadSample(line);
            }
        }
        return exposition;
    }

    private void Enter(string family)
    {
        Check(IsName(family, colon: true), "name: " + family);
        if (family != _family)
        {
            Check(!_finished.Contains(family), "a family's lines must be one group: " + family);
            _finished.Add(_family);
            _family = family;
        }
    }

    private void ReadSample(string line)
    {
        int at = 0;
        while (at < line.Length && line[at] is not ('{' or ' '))
        {
            at++;
        }
        string name = line[..at];
        Check(IsName(name, colon: true), "name: " + line);
        Check(_types.TryGetValue(_family, out string? type), "a sample before its TYPE: " + line);
        bool owned = name == _family || (type == "summary" && (name == _family + "_sum" || name == _family + "_count"));
        Check(owned, "a sample outside its family: " + line);
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (line[at] == '{')
        {
            at++;
            while (line[at] != '}')
            {
                int equals = line.IndexOf('=', at);
                string label = line[at..equals];
                Check(IsName(label, colon: false) && !label.StartsWith("__", StringComparison.Ordinal) && line[equals + 1] == '"', "label: " + line);
                int end = equals + 2;
                while (line[end] != '"')
                {
                    end += line[end] == '\\' ? 2 : 1;
                }
                Check(labels.TryAdd(label, Unescape(line[(equals + 2)..end], quoted: true)), "a label twice: " + line);
                at = end + 1;
                if (line[at] == ',')
                {
                    at++;
                    Check(line[at] != '}', "comma: " + line);
                }
            }
            at++;
        }
        Check(labels.ContainsKey("quantile") == (type == "summary" && name == _family), "quantile: " + line);
        Check(line[at] == ' ', "space: " + line);
        string key = name + "{" + string.Join(';', labels.Select(l => l.Key + "=" + l.Value)) + "}";
        Check(Series.TryAdd(key, Number(line[(at + 1)..])), "a series twice: " + line);
    }

    private static double Number(string text) => text switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture),
    };

    private static bool IsName(string text, bool colon) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_' || (colon && c == ':'));

    private static string Unescape(string text, bool quoted)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            Check(i < text.Length && (text[i] is '\\' or 'n' || (quoted && text[i] == '"')), "escape: " + text);
            plain.Append(text[i] == 'n' ? '\n' : text[i]);
        }
        return plain.ToString();
    }

    private static void Check(bool holds, string what) => Assert.True(holds, what);
}
