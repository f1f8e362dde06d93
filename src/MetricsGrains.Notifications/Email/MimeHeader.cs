using System.Text;

namespace MetricsGrains.Notifications.Email;

/// <summary>Header fields in ASCII, folded. Source: RFC 5322, 2.2.3 (folding); RFC 2047 (encoded words).</summary>
internal static class MimeHeader
{
    private const int MaxLineChars = 76;

    // 75 characters less "=?utf-8?B?" and "?=", in whole groups of four that stand for three bytes.
    private const int MaxWordBytes = 45;

    /// <summary>"Name: value" with its line break.</summary>
    public static string Line(string name, string value)
    {
        var line = new StringBuilder(name).Append(':');
        int column = line.Length;
        foreach (string word in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // The first word stays on the name's line: a line of nothing but space is not allowed.
            if (column + 1 + word.Length > MaxLineChars && column > name.Length + 1)
            {
                line.Append("\r\n");
                column = 0;
            }
            line.Append(' ').Append(word);
            column += 1 + word.Length;
        }
        return line.Append("\r\n").ToString();
    }

    /// <summary>Free text: as it is when it is short plain ASCII, else in encoded words.</summary>
    public static string Text(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        // What looks like an encoded word would be decoded; a very long word can't be folded.
        bool plain = line.All(c => c is >= ' ' and < '\x7f') && !line.Contains("=?", StringComparison.Ordinal) && line.Split(' ').All(w => w.Length < MaxLineChars - 10);
        return plain ? line : string.Join(' ', Words(line));
    }

    /// <summary>A mailbox, with its person's name when there is one.</summary>
    public static string Mailbox(EmailAddress address)
    {
        if (address.Name.Length == 0)
        {
            return $"<{address.Mailbox}>";
        }
        string name = Text(address.Name);
        return name == address.Name ? $"\"{name.Replace("\\", "\\\\").Replace("\"", "\\\"")}\" <{address.Mailbox}>" : $"{name} <{address.Mailbox}>";
    }

    private static IEnumerable<string> Words(string text)
    {
        var bytes = new List<byte>(MaxWordBytes);
        foreach (Rune rune in text.EnumerateRunes())
        {
            byte[] encoded = Encoding.UTF8.GetBytes(rune.ToString());
            if (bytes.Count + encoded.Length > MaxWordBytes)
            {
                yield return Word(bytes);
                bytes.Clear();
            }
            bytes.AddRange(encoded);
        }
        if (bytes.Count > 0)
        {
            yield return Word(bytes);
        }
    }

    private static string Word(List<byte> bytes) => $"=?utf-8?B?{Convert.ToBase64String([.. bytes])}?=";
}
