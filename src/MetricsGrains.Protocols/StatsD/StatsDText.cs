namespace MetricsGrains.Protocols.StatsD;

/// <summary>The escapes of event and service check texts.</summary>
public static class StatsDText
{
    /// <summary>Writes the text with <c>\n</c> as a line break and, as service check messages have it, <c>m\:</c> as <c>m:</c>.</summary>
    /// <param name="destination">At least as long as <paramref name="text"/>; may be the same memory.</param>
    /// <returns>Bytes written; never more than the text has.</returns>
    public static int Unescape(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (b == '\\' && i + 1 < text.Length && text[i + 1] == 'n')
            {
                b = (byte)'\n';
                i++;
            }
            else if (b == '\\' && i > 0 && text[i - 1] == 'm' && i + 1 < text.Length && text[i + 1] == ':')
            {
                continue;
            }
            destination[written++] = b;
        }
        return written;
    }
}
