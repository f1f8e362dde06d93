using System.Globalization;
using System.Text;

namespace MetricsGrains.Notifications.Email;

/// <summary>Text in lines of at most 76 ASCII characters, readable where it was ASCII. Source: RFC 2045, 6.7.</summary>
internal static class QuotedPrintable
{
    private const int MaxLineChars = 76;

    /// <summary>UTF-8; lines of the text end in CRLF.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + (text.Length / 8));
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            int column = 0;
            byte[] bytes = Encoding.UTF8.GetBytes(line);
            for (int i = 0; i < bytes.Length; i++)
            {
                bool last = i == bytes.Length - 1;
                // Blanks at a line's end are lost on the way.
                bool plain = bytes[i] is >= (byte)'!' and <= (byte)'~' and not (byte)'=' || (bytes[i] is (byte)' ' or (byte)'\t' && !last);
                string part = plain ? ((char)bytes[i]).ToString() : string.Create(CultureInfo.InvariantCulture, $"={bytes[i]:X2}");
                // A line that goes on needs room for the "=" that says so.
                if (column + part.Length > MaxLineChars - (last ? 0 : 1))
                {
                    encoded.Append("=\r\n");
                    column = 0;
                }
                encoded.Append(part);
                column += part.Length;
            }
            encoded.Append("\r\n");
        }
        // The split saw one more line than there are line ends.
        encoded.Length -= 2;
        return encoded.ToString();
    }
}
