using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MetricsGrains.Notifications.Tests.Email;

/// <summary>A mail as a client reads it: unfolded and decoded headers, nested parts, decoded content. Source: RFC 5322, RFC 2045–2047.</summary>
internal sealed partial class MimePart
{
    private readonly List<(string Name, string Value)> _headers = [];

    private MimePart(string raw)
    {
        int blank = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(blank > 0, "headers end with an empty line");
        foreach (string line in Unfold().Replace(raw[..blank], "$1").Split("\r\n"))
        {
            int colon = line.IndexOf(':');
            Assert.True(colon > 0, $"no header: {line}");
            _headers.Add((line[..colon], Decode(line[(colon + 1)..].Trim())));
        }
        Body = raw[(blank + 4)..];
        if (Parameter("boundary") is { Length: > 0 } boundary)
        {
            string[] pieces = ("\r\n" + Body).Split("\r\n--" + boundary);
            Assert.StartsWith("--", pieces[^1], StringComparison.Ordinal);
            Parts = [.. pieces[1..^1].Select(p => new MimePart(p[2..]))];
        }
    }

    /// <summary>As it is on the way.</summary>
    public string Body { get; }

    public IReadOnlyList<MimePart> Parts { get; } = [];

    public string Type => this["Content-Type"].Split(';')[0];

    /// <summary>A header's value, decoded; empty when there is none.</summary>
    public string this[string name]
    {
        get
        {
            string[] values = [.. _headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];
            Assert.True(values.Length < 2, $"{name} stands {values.Length} times");
            return values.Length == 0 ? "" : values[0];
        }
    }

    public byte[] Content => this["Content-Transfer-Encoding"] switch
    {
        "base64" => Convert.FromBase64String(Body.Replace("\r\n", "", StringComparison.Ordinal)),
        "quoted-printable" => Unquote(Body),
        _ => Encoding.UTF8.GetBytes(Body),
    };

    /// <summary>Line feeds only.</summary>
    public string Text => Encoding.UTF8.GetString(Content).ReplaceLineEndings("\n");

    public static MimePart Parse(byte[] raw) => new(Encoding.UTF8.GetString(raw));

    private string Parameter(string name) => Regex.Match(this["Content-Type"], name + "=\"([^\"]*)\"").Groups[1].Value;

    private static byte[] Unquote(string text)
    {
        var bytes = new MemoryStream();
        foreach (string line in text.Split("\r\n"))
        {
            Assert.True(line.Length <= 76, "a quoted-printable line is too long");
            Assert.False(line.EndsWith(' '), "a blank at a line's end is lost on the way");
        }
        string joined = text.Replace("=\r\n", "", StringComparison.Ordinal);
        for (int i = 0; i < joined.Length; i++)
        {
            Assert.True(joined[i] < 127, "quoted-printable is ASCII");
            if (joined[i] != '=')
            {
                bytes.WriteByte((byte)joined[i]);
                continue;
            }
            bytes.WriteByte(byte.Parse(joined.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            i += 2;
        }
        return bytes.ToArray();
    }

    // Blanks between encoded words are folding, not text.
    private static string Decode(string value) => EncodedWord().Replace(AdjacentWords().Replace(value, "?==?"), m =>
    {
        Assert.True(m.Length <= 75, "an encoded word is too long");
        return Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value));
    });

    [GeneratedRegex(@"\r\n([ \t])")]
    private static partial Regex Unfold();

    [GeneratedRegex(@"=\?utf-8\?B\?([^?]*)\?=")]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"\?=\s+=\?")]
    private static partial Regex AdjacentWords();
}
