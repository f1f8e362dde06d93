namespace MetricsGrains.Notifications.Sending;

/// <summary>Cuts texts to what a receiver takes.</summary>
internal static class TextLimit
{
    /// <summary>At most <paramref name="maxChars"/> UTF-16 units, an ellipsis for what is cut off; never half a surrogate pair.</summary>
    public static string Cut(string text, int maxChars)
    {
        if (text.Length <= maxChars)
        {
            return text;
        }
        int end = maxChars - 1;
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
        {
            end--;
        }
        return text[..end] + "…";
    }
}
