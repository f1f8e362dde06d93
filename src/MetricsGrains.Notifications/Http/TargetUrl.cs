using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace MetricsGrains.Notifications.Http;

/// <summary>The URLs that notifications may be posted to, as far as can be told without a look-up.</summary>
internal static class TargetUrl
{
    public const string HowToAllow = "unless MetricsGrains:Alerting:AllowPrivateWebhooks is on";

    private const int MaxChars = 4096;

    /// <param name="problem">What is wrong and what would be right; never repeats the URL, which may hold a secret.</param>
    public static bool TryParse(string text, bool allowPrivate, [NotNullWhen(true)] out Uri? url, out string problem)
    {
        url = null;
        if (text.Length > MaxChars || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) || !Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) || parsed.Host.Length == 0)
        {
            problem = "must be a URL like https://example.com/path";
            return false;
        }
        if (parsed.Scheme != Uri.UriSchemeHttps && parsed.Scheme != Uri.UriSchemeHttp)
        {
            problem = "must begin with https:// or http://";
            return false;
        }
        if (parsed.UserInfo.Length > 0)
        {
            problem = "must not hold a user name or password; use an Authorization header";
            return false;
        }
        if (!allowPrivate && IsPrivateName(parsed))
        {
            problem = $"leads to a private address, which is refused {HowToAllow}";
            return false;
        }
        url = parsed;
        problem = "";
        return true;
    }

    // Names are looked up when a connection is made, and checked again then: what a name means can change.
    private static bool IsPrivateName(Uri url)
    {
        string host = url.IdnHost.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(host, out IPAddress? address)
            ? !PublicAddress.Is(address)
            : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
