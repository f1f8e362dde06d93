using System.Text;

namespace MetricsGrains.Notifications.Sending;

/// <summary>What a receiver answered, fit for histories, pages and logs: one line, no control characters, no secrets, at most 500 characters.</summary>
internal static class AnswerText
{
    /// <summary><see cref="Core.Alerting.SendOutcome.Answer"/>'s limit.</summary>
    public const int MaxChars = 500;

    private const string Hidden = "•••";

    public static string Clean(string text, IReadOnlyList<string> secrets)
    {
        string line = OneLine(text);
        // Longest first: a secret that contains another must go as a whole.
        foreach (string secret in secrets.OrderByDescending(s => s.Length))
        {
            line = line.Replace(secret, Hidden, StringComparison.OrdinalIgnoreCase);
        }
        return TextLimit.Cut(line, MaxChars);
    }

    /// <summary>The beginning of a foreign text in one line.</summary>
    public static string Excerpt(string text, int maxChars = 200) => TextLimit.Cut(OneLine(text.Length > 4 * maxChars ? text[..(4 * maxChars)] : text), maxChars);

    private static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool blank = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || rune == Rune.ReplacementChar;
            if (!blank)
            {
                line.Append(rune.ToString());
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }
        return line.ToString().TrimEnd();
    }
}
