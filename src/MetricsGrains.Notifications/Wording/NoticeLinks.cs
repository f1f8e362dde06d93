using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Wording;

/// <summary>Where a message leads to. Null: not known, or not an address that a receiver would take.</summary>
/// <param name="Chart">The chart around the alert's time.</param>
/// <param name="Silence">A new silence for the alert; none for one that is over.</param>
internal sealed record NoticeLinks(string? Chart, string? Silence, string? Runbook)
{
    // Slack refuses a whole message for one longer URL; nobody else takes much longer ones.
    private const int MaxChars = 2048;

    public static NoticeLinks Of(AlertNotice notice, string baseUrl) =>
        new(Under(baseUrl, notice.ChartPath), notice.IsAlerting ? Under(baseUrl, notice.SilencePath) : null, Checked(notice.RunbookUrl));

    /// <summary>The page of all alerts.</summary>
    public static string? Alerts(string baseUrl) => Under(baseUrl, "/alerts");

    /// <summary>The dashboard itself.</summary>
    public static string? Home(string baseUrl) => Under(baseUrl, "");

    /// <summary>With words for people, in the order in which they are of use.</summary>
    public IEnumerable<(string Text, string Url)> ToPairs()
    {
        (string, string?)[] all = [("Chart", Chart), ("Silence", Silence), ("Runbook", Runbook)];
        return from link in all where link.Item2 is not null select (link.Item1, link.Item2!);
    }

    private static string? Under(string baseUrl, string path) => baseUrl.Length == 0 ? null : Checked(baseUrl + path);

    private static string? Checked(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps) && parsed.AbsoluteUri.Length <= MaxChars
            ? parsed.AbsoluteUri
            : null;
}
