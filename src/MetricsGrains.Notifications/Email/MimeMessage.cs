using System.Globalization;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Email;

/// <summary>
/// A notification as a mail: text, and HTML with its pictures. The message's id comes of the notification's, so that what is sent twice is
/// seen once; all of a group refer to the same id, so that clients show them together. Source: RFC 5322, RFC 2045–2046, RFC 2387, RFC 3834.
/// </summary>
internal static class MimeMessage
{
    private const int MaxSubjectChars = 200;

    /// <summary>The Message-ID with its angle brackets.</summary>
    public static string IdOf(Notification notification, EmailAddress from) => $"<{notification.Id:N}@{from.Domain}>";

    /// <summary>Headers and body; ASCII unless an address is not.</summary>
    public static byte[] Build(Notification notification, EmailAddress from, IReadOnlyList<EmailAddress> to, DateTimeOffset now)
    {
        List<InlinePicture> pictures = [];
        string html = EmailHtml.Of(notification, from.Domain, pictures);
        string boundary = "=_mg_" + notification.Id.ToString("N");
        var mail = new StringBuilder();
        AppendHeaders(mail, notification, from, to, now);
        mail.Append(MimeHeader.Line("Content-Type", $"multipart/alternative; boundary=\"{boundary}_a\""));
        mail.Append("\r\n");
        // Some clients show the last part they know, so the best comes last.
        AppendText(mail, $"{boundary}_a", "plain", EmailText.Of(notification));
        if (pictures.Count == 0)
        {
            AppendText(mail, $"{boundary}_a", "html", html);
        }
        else
        {
            mail.Append(CultureInfo.InvariantCulture, $"--{boundary}_a\r\n");
            mail.Append(MimeHeader.Line("Content-Type", $"multipart/related; type=\"text/html\"; boundary=\"{boundary}_r\""));
            mail.Append("\r\n");
            AppendText(mail, $"{boundary}_r", "html", html);
            foreach (InlinePicture picture in pictures)
            {
                AppendPicture(mail, $"{boundary}_r", picture);
            }
            mail.Append(CultureInfo.InvariantCulture, $"--{boundary}_r--\r\n\r\n");
        }
        mail.Append(CultureInfo.InvariantCulture, $"--{boundary}_a--\r\n");
        return Encoding.UTF8.GetBytes(mail.ToString());
    }

    private static void AppendHeaders(StringBuilder mail, Notification notification, EmailAddress from, IReadOnlyList<EmailAddress> to, DateTimeOffset now)
    {
        string group = $"<group.{GroupHash.Of(notification.GroupKey)}@{from.Domain}>";
        mail.Append(MimeHeader.Line("Date", now.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)));
        mail.Append(MimeHeader.Line("From", MimeHeader.Mailbox(from)));
        mail.Append(MimeHeader.Line("To", string.Join(", ", to.Select(MimeHeader.Mailbox))));
        mail.Append(MimeHeader.Line("Subject", MimeHeader.Text(Sending.TextLimit.Cut(Headline.Of(notification), MaxSubjectChars))));
        mail.Append(MimeHeader.Line("Message-ID", IdOf(notification, from)));
        if (notification.Reference is { Length: > 0 } first)
        {
            mail.Append(MimeHeader.Line("In-Reply-To", first));
            mail.Append(MimeHeader.Line("References", $"{group} {first}"));
        }
        else
        {
            mail.Append(MimeHeader.Line("References", group));
        }
        // No "I am on holiday" in answer to a page.
        mail.Append(MimeHeader.Line("Auto-Submitted", "auto-generated"));
        mail.Append(MimeHeader.Line("X-Auto-Response-Suppress", "All"));
        if (notification.AnyAlerting && notification.Severity == AlertSeverity.Critical)
        {
            mail.Append(MimeHeader.Line("Importance", "high"));
        }
        mail.Append(MimeHeader.Line("MIME-Version", "1.0"));
    }

    private static void AppendText(StringBuilder mail, string boundary, string subtype, string text)
    {
        mail.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\n");
        mail.Append(MimeHeader.Line("Content-Type", $"text/{subtype}; charset=utf-8"));
        mail.Append(MimeHeader.Line("Content-Transfer-Encoding", "quoted-printable"));
        mail.Append("\r\n").Append(QuotedPrintable.Encode(text)).Append("\r\n");
    }

    private static void AppendPicture(StringBuilder mail, string boundary, InlinePicture picture)
    {
        mail.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\n");
        mail.Append(MimeHeader.Line("Content-Type", "image/png; name=\"chart.png\""));
        mail.Append(MimeHeader.Line("Content-Transfer-Encoding", "base64"));
        mail.Append(MimeHeader.Line("Content-ID", $"<{picture.ContentId}>"));
        mail.Append(MimeHeader.Line("Content-Disposition", "inline; filename=\"chart.png\""));
        mail.Append("\r\n").Append(Convert.ToBase64String(picture.Png, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
    }
}
