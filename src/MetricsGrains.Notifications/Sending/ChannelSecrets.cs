using System.Text;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Sending;

/// <summary>A channel's secrets in every form in which a receiver could repeat them.</summary>
internal static class ChannelSecrets
{
    /// <summary>Shorter ones would black out ordinary words, and protect nothing.</summary>
    private const int MinChars = 4;

    /// <summary>Parts of a URL are names more often than secrets; those of Slack and its like are longer than this.</summary>
    private const int MinPartChars = 8;

    public static IReadOnlyList<string> Of(Channel channel)
    {
        var secrets = new HashSet<string>(StringComparer.Ordinal);
        foreach (string value in channel.Secrets.Values)
        {
            Add(secrets, value, MinChars);
            foreach (string line in value.Split('\n', StringSplitOptions.TrimEntries))
            {
                string text = line[(line.IndexOf(':') + 1)..].Trim();
                Add(secrets, text, MinChars);
                Add(secrets, text[(text.LastIndexOf(' ') + 1)..], MinChars);
            }
            if (Uri.TryCreate(value, UriKind.Absolute, out Uri? url))
            {
                Add(secrets, url.PathAndQuery, MinChars);
                foreach (string part in url.PathAndQuery.Split('/', '?', '&', '=', ';'))
                {
                    Add(secrets, part, MinPartChars);
                    Add(secrets, Uri.UnescapeDataString(part), MinPartChars);
                }
            }
        }
        if (channel.Type == ChannelType.Email)
        {
            AddSmtpCredentials(secrets, channel);
        }
        return [.. secrets];
    }

    // A server that knows not the mechanism may answer with the command's own words.
    private static void AddSmtpCredentials(HashSet<string> secrets, Channel channel)
    {
        string user = ChannelSchema.Get(channel, "username");
        string password = ChannelSchema.Get(channel, "password");
        if (password.Length > 0)
        {
            Add(secrets, Convert.ToBase64String(Encoding.UTF8.GetBytes(password)), MinChars);
            Add(secrets, Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")), MinChars);
        }
    }

    private static void Add(HashSet<string> secrets, string text, int minChars)
    {
        if (text.Length >= minChars)
        {
            secrets.Add(text);
        }
    }
}
