using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MetricsGrains.Core.Alerting;

/// <summary>
/// Matchers as people write them, and Alertmanager: <c>key=value</c>, <c>key!=value</c>, <c>key=~regex</c>, <c>key!~regex</c>. A key or a value
/// may stand in double quotes, with \" \\ and \n in it; what could be misread must.
/// </summary>
public static class AlertMatcherText
{
    /// <summary>Whether the operator and the value's regular expression make sense is for <see cref="SilenceMatching.Check"/> to say.</summary>
    /// <param name="problem">What is wrong; empty when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AlertMatcher? matcher, out string problem)
    {
        matcher = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (!TryTakeKey(ref rest, out string key) || !TryTakeOperator(ref rest, out MatchOperator @operator))
        {
            problem = $"'{text}' must be key=value, key!=value, key=~regex or key!~regex";
            return false;
        }
        rest = rest.Trim();
        string value = rest.ToString();
        if (rest.StartsWith("\"", StringComparison.Ordinal) && (!TryTakeQuoted(ref rest, out value) || !rest.IsEmpty))
        {
            problem = $"the quotes in '{text}' are not in pairs; a quote inside is written \\\"";
            return false;
        }
        if (key.Length == 0)
        {
            problem = $"'{text}' names no label before its operator";
            return false;
        }
        matcher = new AlertMatcher(key, @operator, value);
        problem = "";
        return true;
    }

    /// <summary>In a form that <see cref="TryParse"/> reads back as the same matcher.</summary>
    public static string Format(AlertMatcher matcher)
    {
        string key = matcher.Label.Length == 0 || matcher.Label.AsSpan().ContainsAny("=!~\"") || IsTrimmed(matcher.Label) ? Quote(matcher.Label) : matcher.Label;
        string value = matcher.Value.StartsWith('~') || matcher.Value.StartsWith('"') || matcher.Value.Contains('\n', StringComparison.Ordinal) || IsTrimmed(matcher.Value) ? Quote(matcher.Value) : matcher.Value;
        return key + SignOf(matcher.Operator) + value;
    }

    /// <summary>"=", "!=", "=~", "!~".</summary>
    public static string SignOf(MatchOperator @operator) => @operator switch
    {
        MatchOperator.Equal => "=",
        MatchOperator.NotEqual => "!=",
        MatchOperator.Regex => "=~",
        MatchOperator.NotRegex => "!~",
        _ => throw new UnreachableException($"BUG: operator {@operator} has no sign"),
    };

    private static bool IsTrimmed(string text) => text.Length != text.AsSpan().Trim().Length;

    private static bool TryTakeKey(ref ReadOnlySpan<char> rest, out string key)
    {
        if (rest.StartsWith("\"", StringComparison.Ordinal))
        {
            bool ok = TryTakeQuoted(ref rest, out key);
            rest = rest.TrimStart();
            return ok;
        }
        int sign = rest.IndexOfAny('=', '!');
        key = sign < 0 ? "" : rest[..sign].Trim().ToString();
        rest = sign < 0 ? [] : rest[sign..];
        return sign >= 0;
    }

    private static bool TryTakeOperator(ref ReadOnlySpan<char> rest, out MatchOperator @operator)
    {
        // The longer signs first: "=~" begins with "=".
        foreach (MatchOperator candidate in (ReadOnlySpan<MatchOperator>)[MatchOperator.Regex, MatchOperator.NotRegex, MatchOperator.NotEqual, MatchOperator.Equal])
        {
            string sign = SignOf(candidate);
            if (rest.StartsWith(sign, StringComparison.Ordinal))
            {
                @operator = candidate;
                rest = rest[sign.Length..];
                return true;
            }
        }
        @operator = default;
        return false;
    }

    private static bool TryTakeQuoted(ref ReadOnlySpan<char> rest, out string text)
    {
        var taken = new StringBuilder();
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                text = taken.ToString();
                return true;
            }
            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                i++;
                taken.Append(rest[i] == 'n' ? '\n' : rest[i]);
                continue;
            }
            taken.Append(rest[i]);
        }
        text = "";
        return false;
    }

    private static string Quote(string text) =>
        '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + '"';
}
