using System.Globalization;
using System.Net;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Chart;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Email;

/// <summary>A notification as HTML in the way mail clients understand it: tables, inline styles, no script, nothing loaded from outside.</summary>
internal static class EmailHtml
{
    // A picture is some ten kilobytes; a mail should stay well below what servers take.
    private const int MaxPictures = 10;

    private const string Font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

    /// <param name="pictures">Those that the HTML shows are added.</param>
    public static string Of(Notification notification, string domain, List<InlinePicture> pictures)
    {
        IReadOnlyList<AlertNotice> alerts = Headline.ChangedFirst(notification);
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        html.Append("<meta name=\"color-scheme\" content=\"light\"></head>\n");
        html.Append(CultureInfo.InvariantCulture, $"<body style=\"margin:0;padding:16px;background:#f2f4f7;color:#101828;{Font};font-size:14px;line-height:1.45\">\n");
        html.Append("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\">\n");
        html.Append("<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:600px;width:100%\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"padding:0 0 12px;font-size:18px;font-weight:600\">{Escape(Headline.Of(notification))}</td></tr>\n");
        foreach (AlertNotice notice in alerts.Take(AlertWords.MaxTold))
        {
            InlinePicture? picture = pictures.Count < MaxPictures && AlertChart.Draw(notice) is { } png
                ? new InlinePicture(string.Create(CultureInfo.InvariantCulture, $"chart{pictures.Count}.{notification.Id:N}@{domain}"), png)
                : null;
            if (picture is not null)
            {
                pictures.Add(picture);
            }
            // Of one alert the head says the title already.
            AppendAlert(html, notice, alerts.Count == 1 ? "" : AlertWords.Title(notice), notification.BaseUrl, picture);
        }
        if (alerts.Count > AlertWords.MaxTold)
        {
            string more = string.Create(CultureInfo.InvariantCulture, $"and {alerts.Count - AlertWords.MaxTold} more");
            html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"padding:4px 0 12px\">{(NoticeLinks.Alerts(notification.BaseUrl) is { } url ? Link(url, more) : more)}</td></tr>\n");
        }
        string home = NoticeLinks.Home(notification.BaseUrl) is { } address ? Link(address, "MetricsGrains") : "MetricsGrains";
        html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"padding:4px 0;color:#667085;font-size:12px\">Sent by {home}</td></tr>\n");
        return html.Append("</table></td></tr></table>\n</body></html>\n").ToString();
    }

    private static void AppendAlert(StringBuilder html, AlertNotice notice, string title, string baseUrl, InlinePicture? picture)
    {
        string colour = ColourOf(notice);
        html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"padding:14px 16px;background:#ffffff;border:1px solid #e4e7ec;border-left:5px solid {colour}\">\n");
        if (title.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div style=\"font-size:16px;font-weight:600;color:{colour}\">{Escape(title)}</div>\n");
        }
        html.Append(CultureInfo.InvariantCulture, $"<div style=\"padding:4px 0 10px\">{Escape(notice.Message).ReplaceLineEndings("<br>\n")}</div>\n");
        html.Append("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\">\n");
        foreach ((string label, string text) in AlertWords.Facts(notice))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"padding:1px 14px 1px 0;color:#667085;vertical-align:top\">{label}</td><td style=\"padding:1px 0;word-break:break-word\">{Escape(text)}</td></tr>\n");
        }
        html.Append("</table>\n");
        if (picture is not null)
        {
            string words = Escape($"{AlertWords.Watched(notice)}: {AlertWords.Value(notice)}, threshold {AlertWords.Threshold(notice)}");
            html.Append(CultureInfo.InvariantCulture, $"<img src=\"cid:{picture.ContentId}\" width=\"{AlertChart.ShownWidth}\" alt=\"{words}\" style=\"display:block;max-width:100%;height:auto;margin-top:10px\">\n");
        }
        (string Text, string Url)[] links = [.. NoticeLinks.Of(notice, baseUrl).ToPairs()];
        if (links.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div style=\"padding-top:10px\">{string.Join(" &nbsp;·&nbsp; ", links.Select(l => Link(l.Url, l.Text)))}</div>\n");
        }
        html.Append("</td></tr>\n<tr><td style=\"height:10px\"></td></tr>\n");
    }

    // Dark enough to be read as text on white.
    private static string ColourOf(AlertNotice notice) => !notice.IsAlerting ? "#067647" : notice.Severity switch
    {
        AlertSeverity.Critical => "#b42318",
        AlertSeverity.Warning => "#b54708",
        _ => "#175cd3",
    };

    private static string Link(string url, string text) => $"<a href=\"{Escape(url)}\" style=\"color:#175cd3\">{Escape(text)}</a>";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
