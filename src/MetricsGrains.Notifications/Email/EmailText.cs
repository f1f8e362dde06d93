using System.Globalization;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Email;

/// <summary>A notification as plain text.</summary>
internal static class EmailText
{
    public static string Of(Notification notification)
    {
        IReadOnlyList<AlertNotice> alerts = Headline.ChangedFirst(notification);
        var text = new StringBuilder(Headline.Of(notification)).Append('\n');
        foreach (AlertNotice notice in alerts.Take(AlertWords.MaxTold))
        {
            // Of one alert the first line says the title already.
            text.Append(CultureInfo.InvariantCulture, $"\n{(alerts.Count == 1 ? "" : AlertWords.Title(notice) + "\n")}{notice.Message}\n\n");
            AppendFacts(text, notice, notification.BaseUrl);
        }
        if (alerts.Count > AlertWords.MaxTold)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nand {alerts.Count - AlertWords.MaxTold} more{(NoticeLinks.Alerts(notification.BaseUrl) is { } url ? ": " + url : "")}\n");
        }
        // "-- " begins what mail clients take for a signature.
        return text.Append("\n-- \nMetricsGrains").Append(NoticeLinks.Home(notification.BaseUrl) is { } home ? " · " + home : "").Append('\n').ToString();
    }

    private static void AppendFacts(StringBuilder text, AlertNotice notice, string baseUrl)
    {
        foreach ((string label, string value) in AlertWords.Facts(notice))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {label,-12} {value}\n");
        }
        if (Sparkline.Of(notice.Recent) is { Length: > 0 } sparkline)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {"Last min.",-12} {sparkline}\n");
        }
        foreach ((string label, string url) in NoticeLinks.Of(notice, baseUrl).ToPairs())
        {
            text.Append(CultureInfo.InvariantCulture, $"  {label,-12} {url}\n");
        }
    }
}
