using System.Text;
using System.Text.RegularExpressions;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Tests.Chart;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Email;

/// <summary>What a mail client sees of a mail that went over SMTP.</summary>
public sealed class EmailMessageTests
{
    [Fact]
    public async Task SendAsync_Fired_IsTextAndHtmlWithAnInlineChart()
    {
        MimePart mail = await DeliverAsync(EmailChannels.Fired);
        Assert.Equal("Critical: Checkout is slow", mail["Subject"]);
        Assert.Equal("<alerts@example.com>", mail["From"]);
        Assert.Equal("<ops@example.com>", mail["To"]);
        Assert.Equal("Sun, 01 Mar 2026 12:00:00 +0000", mail["Date"]);
        Assert.Equal("<44444444444444444444444444444444@example.com>", mail["Message-ID"]);
        Assert.Equal("auto-generated", mail["Auto-Submitted"]);
        Assert.Equal("high", mail["Importance"]);
        Assert.Equal("1.0", mail["MIME-Version"]);
        Assert.Equal("multipart/alternative", mail.Type);
        Assert.Equal(["text/plain", "multipart/related"], mail.Parts.Select(p => p.Type));
        Assert.Equal(["text/html", "image/png"], mail.Parts[1].Parts.Select(p => p.Type));
        MimePart picture = mail.Parts[1].Parts[1];
        string html = mail.Parts[1].Parts[0].Text;
        string shown = Regex.Match(html, "src=\"cid:([^\"]+)\"").Groups[1].Value;
        Assert.Equal(picture["Content-ID"], $"<{shown}>");
        Assert.StartsWith("inline", picture["Content-Disposition"], StringComparison.Ordinal);
        Assert.True(PngPicture.Decode(picture.Content).Count(0xd92d20) > 1000);
    }

    [Fact]
    public async Task SendAsync_Fired_TextSaysEverything()
    {
        MimePart mail = await DeliverAsync(EmailChannels.Fired);
        Golden.AssertText("email-fired.txt", mail.Parts[0].Text);
    }

    [Fact]
    public async Task SendAsync_Fired_HtmlSaysEverythingEscaped()
    {
        MimePart mail = await DeliverAsync(EmailChannels.Fired);
        string html = mail.Parts[1].Parts[0].Text;
        if (Environment.GetEnvironmentVariable("MG_SHOW_MAIL") is { Length: > 0 } path)
        {
            File.WriteAllText(path, Regex.Replace(html, "cid:[^\"]+", "data:image/png;base64," + Convert.ToBase64String(mail.Parts[1].Parts[1].Content)));
        }
        Golden.AssertText("email-fired.html", html);
        Assert.DoesNotContain("<fast>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_LaterMailOfAGroup_IsThreadedWithTheFirst()
    {
        Notification fired = EmailChannels.Fired;
        await using var server = new SmtpServer();
        Channel channel = EmailChannels.Of(server, "none");
        SendOutcome first = await EmailChannels.Strict().SendAsync(channel, fired, CancellationToken.None);
        Assert.Equal("<44444444444444444444444444444444@example.com>", first.Reference);
        Notification resolved = Samples.Of(NotificationReason.Resolved, Samples.Resolve(Samples.Latency())) with { Id = new Guid("55555555-5555-5555-5555-555555555555"), Reference = first.Reference };
        SendOutcome second = await EmailChannels.Strict().SendAsync(channel, resolved, CancellationToken.None);
        Assert.Equal(first.Reference, second.Reference);
        MimePart one = MimePart.Parse(server.Mails[0].Raw), two = MimePart.Parse(server.Mails[1].Raw);
        Assert.NotEqual(one["Message-ID"], two["Message-ID"]);
        Assert.Equal(one["Message-ID"], two["In-Reply-To"]);
        Assert.Contains(one["Message-ID"], two["References"], StringComparison.Ordinal);
        Assert.StartsWith(one["References"], two["References"], StringComparison.Ordinal);
        Assert.Empty(one["In-Reply-To"]);
        Assert.Equal("Resolved: Checkout is slow", two["Subject"]);
        Assert.Empty(two["Importance"]);
    }

    [Fact]
    public async Task SendAsync_SameMessageTwice_HasTheSameId()
    {
        Assert.Equal((await DeliverAsync(EmailChannels.Fired))["Message-ID"], (await DeliverAsync(EmailChannels.Fired))["Message-ID"]);
    }

    [Fact]
    public async Task SendAsync_LettersOfAllKinds_ArriveAsTheyWere()
    {
        string name = "Zahlungen – “Kasse” ist träge 🔥 ".PadRight(180, 'ß') + "\r\nBcc: evil@example.com";
        string message = string.Join('\n', ".", "..", "a line that ends in a blank ", "tab\tand = signs =3D", "…" + new string('y', 300), "From here", "", "日本語のテキスト");
        AlertNotice notice = Samples.Latency() with { RuleName = name, Message = message };
        MimePart mail = await DeliverAsync(Samples.Of(NotificationReason.Fired, notice), "\"Ops \\\"on call\\\"\" <ops@example.com>, \"Müller, Jörg\" <jm@bücher.example>");
        Assert.StartsWith("Critical: Zahlungen – “Kasse” ist träge 🔥", mail["Subject"], StringComparison.Ordinal);
        Assert.Empty(mail["Bcc"]);
        Assert.Contains(message, mail.Parts[0].Text, StringComparison.Ordinal);
        Assert.Contains("<jm@xn--bcher-kva.example>", mail["To"], StringComparison.Ordinal);
        Assert.Contains("Müller, Jörg", mail["To"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_NoValuesToDraw_HasNoPicture()
    {
        MimePart mail = await DeliverAsync(Samples.Of(NotificationReason.Fired, Samples.Silent()));
        Assert.Equal(["text/plain", "text/html"], mail.Parts.Select(p => p.Type));
    }

    [Fact]
    public async Task SendAsync_ManyAlerts_TellsTwentyWithTenPicturesAndCountsTheRest()
    {
        MimePart mail = await DeliverAsync(Samples.Of(NotificationReason.Fired, [.. Enumerable.Range(0, 50).Select(i => Samples.Latency($"r{i}"))]));
        Assert.Equal(11, mail.Parts[1].Parts.Count);
        Assert.Equal(10, mail.Parts[1].Parts.Skip(1).Select(p => p["Content-ID"]).Distinct().Count());
        Assert.Contains("and 30 more: https://metrics.example.com/alerts", mail.Parts[0].Text, StringComparison.Ordinal);
        Assert.Contains("region:r19", mail.Parts[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("region:r20", mail.Parts[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_AnyMail_IsSevenBit()
    {
        await using var server = new SmtpServer();
        await EmailChannels.Strict().SendAsync(EmailChannels.Of(server, "none"), EmailChannels.Fired, CancellationToken.None);
        Assert.DoesNotContain(server.Only.Raw, b => b > 127);
        Assert.All(Encoding.ASCII.GetString(server.Only.Raw).Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
    }

    private static async Task<MimePart> DeliverAsync(Notification notification, string to = "ops@example.com")
    {
        await using var server = new SmtpServer();
        SendOutcome outcome = await EmailChannels.Strict(new ManualTime()).SendAsync(EmailChannels.Of(server, "none", to: to), notification, CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        return MimePart.Parse(server.Only.Raw);
    }
}
