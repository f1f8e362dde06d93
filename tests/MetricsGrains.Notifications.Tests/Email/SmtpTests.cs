using System.Security.Cryptography.X509Certificates;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Email;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Email;

public sealed class SmtpTests
{
    private static readonly X509Certificate2 s_certificate = SelfSigned.Create();

    [Fact]
    public async Task SendAsync_StartTlsAndUser_IsDeliveredEncrypted()
    {
        await using var server = new SmtpServer(s_certificate) { DemandsUser = true };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server, to: "ops@example.com, dev@example.com"));
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Assert.Equal("250 2.0.0 Ok: queued as ABC123", outcome.Answer);
        Assert.True(server.Only.Encrypted);
        Assert.Equal("alerts", server.Only.User);
        Assert.Equal("alerts@example.com", server.Only.From);
        Assert.Equal(["ops@example.com", "dev@example.com"], server.Only.To);
        Assert.Equal("EHLO [127.0.0.1]", server.Commands[0]);
        Assert.Equal("QUIT", server.Commands[^1]);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5 LOGIN")]
    public async Task SendAsync_Mechanism_IsUsed(string mechanisms)
    {
        await using var server = new SmtpServer(s_certificate) { Mechanisms = mechanisms, DemandsUser = true };
        Assert.Equal(SendResult.Delivered, (await SendAsync(EmailChannels.Of(server))).Result);
    }

    [Fact]
    public async Task SendAsync_TlsFromTheFirstByte_IsDeliveredEncrypted()
    {
        await using var server = new SmtpServer(s_certificate) { ImplicitTls = true };
        Assert.Equal(SendResult.Delivered, (await SendAsync(EmailChannels.Of(server, "tls"))).Result);
        Assert.True(server.Only.Encrypted);
    }

    [Fact]
    public async Task SendAsync_NoStartTls_GoesNoFurther()
    {
        await using var server = new SmtpServer();
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server));
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("does not offer STARTTLS", outcome.Answer, StringComparison.Ordinal);
        Assert.All(server.Commands, c => Assert.StartsWith("EHLO", c, StringComparison.Ordinal));
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task SendAsync_StartTlsIsRefused_GoesNoFurther()
    {
        await using var server = new SmtpServer(s_certificate) { Override = c => c == "STARTTLS" ? "454 4.7.0 TLS not available" : "" };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server));
        Assert.Equal(SendOutcome.Retry("454 4.7.0 TLS not available (to STARTTLS)"), outcome);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_CertificateIsNotTrusted_SendsNothing()
    {
        await using var server = new SmtpServer(s_certificate);
        SendOutcome outcome = await EmailChannels.Strict().SendAsync(EmailChannels.Of(server), EmailChannels.WithoutChart, CancellationToken.None);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.Contains("certificate", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_SomethingIsSlippedInBeforeTls_GoesNoFurther()
    {
        await using var server = new SmtpServer(s_certificate) { Injected = "250 welcome" };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server));
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.Contains("before TLS began", outcome.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task SendAsync_WrongPassword_SaysWhatToDoWithoutShowingIt(string mechanisms)
    {
        await using var server = new SmtpServer(s_certificate) { Mechanisms = mechanisms };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server.Port, "starttls", "alerts", "wrong-password"));
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.StartsWith("535 5.7.8 Username and Password not accepted (to AUTH) – check user name and password", outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_ServerRepeatsTheCommand_HidesThePassword()
    {
        await using var server = new SmtpServer(s_certificate);
        server.Override = c => c == "AUTH" ? "500 what is " + server.Commands[^1] : "";
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server));
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("AUTH PLAIN •••", outcome.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no authentication")]
    [InlineData("GSSAPI", "GSSAPI")]
    public async Task SendAsync_NoMechanismInCommon_SaysSo(string mechanisms, string text)
    {
        await using var server = new SmtpServer(s_certificate) { Mechanisms = mechanisms };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server));
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains(text, outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_ServerWantsAUser_SaysSo()
    {
        await using var server = new SmtpServer(s_certificate) { DemandsUser = true };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server, signIn: false));
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("user name and password", outcome.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("greeting", "554 5.3.2 no service", SendResult.Rejected)]
    [InlineData("greeting", "421 4.3.2 too busy", SendResult.Retry)]
    [InlineData("EHLO", "550 5.7.1 go away", SendResult.Rejected)]
    [InlineData("MAIL", "452 4.3.1 no space", SendResult.Retry)]
    [InlineData("MAIL", "550 5.7.1 not you", SendResult.Rejected)]
    [InlineData("RCPT", "451 4.7.1 greylisted", SendResult.Retry)]
    [InlineData("RCPT", "550 5.1.1 no such user", SendResult.Rejected)]
    [InlineData("RCPT", "421 4.7.0 closing", SendResult.Retry)]
    [InlineData("DATA", "451 4.3.0 later", SendResult.Retry)]
    [InlineData("DATA", "554 5.6.0 never", SendResult.Rejected)]
    [InlineData("end", "452 4.2.2 mailbox full", SendResult.Retry)]
    [InlineData("end", "552 5.3.4 too large", SendResult.Rejected)]
    public async Task SendAsync_NegativeReply_MeansRetryOrRejected(string command, string reply, SendResult result)
    {
        await using var server = new SmtpServer { Override = c => c.StartsWith(command, StringComparison.Ordinal) ? reply : "" };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server, "none"));
        Assert.Equal(result, outcome.Result);
        Assert.Contains(reply, outcome.Answer, StringComparison.Ordinal);
        Assert.Null(outcome.Reference);
    }

    [Theory]
    [InlineData("greeting")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData("DATA")]
    [InlineData("end")]
    public async Task SendAsync_ServerCloses_IsRetried(string command)
    {
        await using var server = new SmtpServer { Override = c => c.StartsWith(command, StringComparison.Ordinal) ? null : "" };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server, "none"));
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{server.Port} closed the connection"), outcome);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData("22")]
    [InlineData("999 never")]
    [InlineData("220-one\r\n221 other")]
    public async Task SendAsync_NoSmtp_IsRetried(string greeting)
    {
        await using var server = new SmtpServer { Override = c => c == "greeting" ? greeting : "" };
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{server.Port} answered something that is not SMTP"), await SendAsync(EmailChannels.Of(server, "none")));
    }

    [Theory]
    [InlineData(10_000, 1)]
    [InlineData(10, 1_000)]
    public async Task SendAsync_EndlessReply_IsRetried(int length, int lines)
    {
        string reply = string.Concat(Enumerable.Repeat("220-" + new string('x', length) + "\r\n", lines)) + "220 end";
        await using var server = new SmtpServer { Override = c => c == "greeting" ? reply : "" };
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{server.Port} answered something that is not SMTP"), await SendAsync(EmailChannels.Of(server, "none")));
    }

    [Fact]
    public async Task SendAsync_GoodbyeIsRude_IsDeliveredAllTheSame()
    {
        await using var server = new SmtpServer { Override = c => c == "QUIT" ? null : "" };
        Assert.Equal(SendResult.Delivered, (await SendAsync(EmailChannels.Of(server, "none"))).Result);
    }

    [Fact]
    public async Task SendAsync_ServerHangs_IsGivenUpInTime()
    {
        var time = new ManualTime();
        await using var receiver = new RawReceiver(RawReceiver.HangAsync);
        Task<SendOutcome> sending = EmailChannels.Strict(time).SendAsync(EmailChannels.Of(receiver.Port, "none"), EmailChannels.WithoutChart, CancellationToken.None);
        while (receiver.Connections == 0)
        {
            await Task.Delay(5);
        }
        time.Advance(TimeSpan.FromSeconds(28));
        Assert.Equal(SendOutcome.Retry("no whole answer within 28 s"), await sending.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task SendAsync_Cancelled_Throws()
    {
        using var cancel = new CancellationTokenSource();
        await using var receiver = new RawReceiver(RawReceiver.HangAsync);
        Task<SendOutcome> sending = EmailChannels.Strict().SendAsync(EmailChannels.Of(receiver.Port, "none"), EmailChannels.WithoutChart, cancel.Token);
        while (receiver.Connections == 0)
        {
            await Task.Delay(5);
        }
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task SendAsync_NobodyListens_IsRetried()
    {
        var server = new SmtpServer();
        Channel channel = EmailChannels.Of(server, "none");
        int port = server.Port;
        await server.DisposeAsync();
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{port} refused the connection"), await SendAsync(channel));
    }

    [Fact]
    public async Task SendAsync_SomeRecipientsRefused_IsDeliveredAndNamesThem()
    {
        await using var server = new SmtpServer { Override = c => c.Contains("gone@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : "" };
        SendOutcome outcome = await SendAsync(EmailChannels.Of(server, "none", to: "ops@example.com, gone@example.com"));
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Assert.Equal("250 2.0.0 Ok: queued as ABC123; refused for gone@example.com: 550 5.1.1 no such user", outcome.Answer);
    }

    [Fact]
    public async Task SendAsync_SomeRecipientsPutOff_AreTriedAgainWithoutTheOthers()
    {
        await using var server = new SmtpServer { Override = c => c.Contains("later@", StringComparison.Ordinal) ? "451 4.7.1 greylisted" : "" };
        EmailNotifier notifier = EmailChannels.Strict();
        Channel channel = EmailChannels.Of(server, "none", to: "ops@example.com, later@example.com");
        SendOutcome first = await notifier.SendAsync(channel, EmailChannels.WithoutChart, CancellationToken.None);
        Assert.Equal(SendResult.Retry, first.Result);
        Assert.Contains("later@example.com: 451 4.7.1 greylisted", first.Answer, StringComparison.Ordinal);
        SendOutcome second = await notifier.SendAsync(channel, EmailChannels.WithoutChart, CancellationToken.None);
        Assert.Equal(SendResult.Retry, second.Result);
        server.Override = _ => "";
        SendOutcome third = await notifier.SendAsync(channel, EmailChannels.WithoutChart, CancellationToken.None);
        Assert.Equal(SendResult.Delivered, third.Result);
        Assert.Equal(["ops@example.com", "later@example.com"], server.Mails.Select(m => Assert.Single(m.To)));
    }

    [Fact]
    public async Task SendAsync_AddressWithOtherLetters_NeedsSmtpUtf8()
    {
        await using var able = new SmtpServer();
        await using var unable = new SmtpServer { Utf8 = false };
        Assert.Equal(SendResult.Delivered, (await SendAsync(EmailChannels.Of(able, "none", to: "jörg@example.com"))).Result);
        Assert.Equal("jörg@example.com", Assert.Single(able.Only.To));
        SendOutcome refused = await SendAsync(EmailChannels.Of(unable, "none", to: "jörg@example.com"));
        Assert.Equal(SendResult.Rejected, refused.Result);
        Assert.Contains("SMTPUTF8", refused.Answer, StringComparison.Ordinal);
    }

    private static Task<SendOutcome> SendAsync(Channel channel) => EmailChannels.Trusting().SendAsync(channel, EmailChannels.WithoutChart, CancellationToken.None);
}
