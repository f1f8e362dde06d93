using System.Text;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Strings as PostgreSQL takes them.</summary>
internal static class PgText
{
    /// <summary>Tags as jsonb takes them, which has no U+0000 either.</summary>
    public static string Json(IEnumerable<KeyValuePair<string, string>> tags) => OfJson(TagsJson.Of(tags));

    /// <summary>
    /// PostgreSQL refuses U+0000 and lone surrogates, and one refused name would hold up every flush behind it. Wire names have
    /// neither; should one get here, it is stored under a name that shows it.
    /// </summary>
    public static string Of(string text)
    {
        bool plain = true;
        foreach (char c in text)
        {
            plain &= c != '\0' && !char.IsSurrogate(c);
        }
        return plain ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\u2400');
    }

    /// <summary>jsonb has no U+0000 either, not even escaped. A backslash of the text itself is escaped too, and is not the beginning of such an escape.</summary>
    public static string OfJson(string json)
    {
        const string Nul = "\\u0000";
        if (!json.Contains(Nul, StringComparison.Ordinal))
        {
            return json;
        }
        var text = new StringBuilder(json.Length);
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] != '\\')
            {
                text.Append(json[i]);
            }
            else if (string.CompareOrdinal(json, i, Nul, 0, Nul.Length) == 0)
            {
                text.Append('\u2400');
                i += Nul.Length - 1;
            }
            else
            {
                text.Append(json, i, 2);
                i++;
            }
        }
        return text.ToString();
    }
}
