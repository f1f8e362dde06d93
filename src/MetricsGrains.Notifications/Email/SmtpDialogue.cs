using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Email;

/// <summary>
/// Hands one mail to a server: greeting, STARTTLS, authentication, envelope, message. Source: RFC 5321; RFC 3207 (STARTTLS), RFC 4954 (AUTH),
/// RFC 6531 (SMTPUTF8).
/// </summary>
/// <param name="trust">Null: the system's trust in certificates.</param>
internal sealed class SmtpDialogue(EmailSettings settings, TimeProvider time, RemoteCertificateValidationCallback? trust)
{
    /// <summary>The mail is delivered by then; a slow goodbye must not make it look otherwise.</summary>
    private static readonly TimeSpan s_quitLimit = TimeSpan.FromSeconds(2);

    /// <param name="message">Headers and body, lines ended by CRLF.</param>
    /// <exception cref="SendFailedException">Nobody gets it, or it is not known.</exception>
    public async Task<SmtpDelivery> SendAsync(EmailAddress from, IReadOnlyList<EmailAddress> to, ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        await using SmtpConnection connection = await SmtpConnection.OpenAsync(settings, cancel);
        SmtpExtensions extensions = await GreetAsync(connection, cancel);
        if (settings.UserName.Length > 0)
        {
            await AuthenticateAsync(connection, extensions, cancel);
        }
        bool utf8 = from.NeedsUtf8 || to.Any(a => a.NeedsUtf8);
        if (utf8 && !extensions.Has("SMTPUTF8"))
        {
            throw new SendFailedException(SendOutcome.Rejected($"{settings.Server} takes no addresses with letters other than ASCII (SMTPUTF8)"));
        }
        SmtpReply mail = await connection.CommandAsync($"MAIL FROM:<{from.Mailbox}>{(utf8 ? " SMTPUTF8" : "")}", cancel);
        mail.EnsurePositive("MAIL FROM", RelayAdvice());
        SmtpDelivery delivery = await AddressAsync(connection, to, cancel);
        if (delivery.Accepted.Count > 0)
        {
            delivery = delivery with { Final = await TransmitAsync(connection, message, cancel) };
        }
        await QuitAsync(connection, cancel);
        return delivery;
    }

    private async Task<SmtpExtensions> GreetAsync(SmtpConnection connection, CancellationToken cancel)
    {
        if (settings.Security == SmtpSecurity.Tls)
        {
            await connection.SecureAsync(settings.Host, trust, cancel);
        }
        (await connection.ReadReplyAsync(cancel)).EnsurePositive("the connection");
        SmtpExtensions extensions = await HelloAsync(connection, cancel);
        if (settings.Security != SmtpSecurity.StartTls)
        {
            return extensions;
        }
        if (!extensions.Has("STARTTLS"))
        {
            throw new SendFailedException(SendOutcome.Rejected($"{settings.Server} does not offer STARTTLS, and nothing is sent without it – use a port that does (587), or set security to tls or none"));
        }
        (await connection.CommandAsync("STARTTLS", cancel)).EnsurePositive("STARTTLS");
        await connection.SecureAsync(settings.Host, trust, cancel);
        // What was offered before TLS could have been anybody's.
        return await HelloAsync(connection, cancel);
    }

    private static async Task<SmtpExtensions> HelloAsync(SmtpConnection connection, CancellationToken cancel)
    {
        // The node has no name that is sure to be known outside; RFC 5321, 4.1.4 has its address then.
        string name = connection.Local.IsIPv4MappedToIPv6 ? $"[{connection.Local.MapToIPv4()}]"
            : connection.Local.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(connection.Local.GetAddressBytes())}]"
            : $"[{connection.Local}]";
        SmtpReply reply = await connection.CommandAsync($"EHLO {name}", cancel);
        reply.EnsurePositive("EHLO");
        return new SmtpExtensions(reply);
    }

    private async Task AuthenticateAsync(SmtpConnection connection, SmtpExtensions extensions, CancellationToken cancel)
    {
        IReadOnlyList<string> mechanisms = extensions.ParametersOf("AUTH");
        SmtpReply reply;
        if (mechanisms.Contains("PLAIN"))
        {
            reply = await connection.CommandAsync("AUTH PLAIN " + Base64($"\0{settings.UserName}\0{settings.Password}"), cancel);
        }
        else if (mechanisms.Contains("LOGIN"))
        {
            reply = await connection.CommandAsync("AUTH LOGIN", cancel);
            foreach (string answer in (string[])[settings.UserName, settings.Password])
            {
                if (reply.Code != 334)
                {
                    break;
                }
                reply = await connection.CommandAsync(Base64(answer), cancel);
            }
        }
        else
        {
            string offered = mechanisms.Count == 0 ? "no authentication" : "authentication by " + string.Join(", ", mechanisms);
            throw new SendFailedException(SendOutcome.Rejected($"{settings.Server} offers {offered} only where PLAIN or LOGIN is needed – clear the user name, or use another port or security"));
        }
        reply.EnsurePositive("AUTH", "check user name and password; many providers want a password made for applications");
    }

    private static async Task<SmtpDelivery> AddressAsync(SmtpConnection connection, IReadOnlyList<EmailAddress> to, CancellationToken cancel)
    {
        var accepted = new List<EmailAddress>();
        var deferred = new List<(EmailAddress, SmtpReply)>();
        var refused = new List<(EmailAddress, SmtpReply)>();
        foreach (EmailAddress address in to)
        {
            SmtpReply reply = await connection.CommandAsync($"RCPT TO:<{address.Mailbox}>", cancel);
            if (reply.Code == 421)
            {
                throw reply.Failure("RCPT TO");
            }
            if (reply.IsPositive)
            {
                accepted.Add(address);
            }
            else
            {
                (reply.Code >= 500 ? refused : deferred).Add((address, reply));
            }
        }
        return new SmtpDelivery(accepted, deferred, refused, null);
    }

    private static async Task<SmtpReply> TransmitAsync(SmtpConnection connection, ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        SmtpReply ready = await connection.CommandAsync("DATA", cancel);
        if (ready.Code != 354)
        {
            throw ready.Failure("DATA");
        }
        await connection.WriteAsync(StuffDots(message.Span), cancel);
        SmtpReply final = await connection.ReadReplyAsync(cancel);
        final.EnsurePositive("the message");
        return final;
    }

    private async Task QuitAsync(SmtpConnection connection, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(s_quitLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            await connection.CommandAsync("QUIT", either.Token);
        }
        catch (Exception error) when (error is SendFailedException or OperationCanceledException)
        {
        }
    }

    /// <summary>A line that begins with a dot gets another (RFC 5321, 4.5.2), and the end is marked.</summary>
    private static byte[] StuffDots(ReadOnlySpan<byte> message)
    {
        var stuffed = new MemoryStream(message.Length + 64);
        bool lineStart = true;
        foreach (byte b in message)
        {
            if (lineStart && b == '.')
            {
                stuffed.WriteByte((byte)'.');
            }
            stuffed.WriteByte(b);
            lineStart = b == '\n';
        }
        stuffed.Write(lineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
        return stuffed.ToArray();
    }

    private string RelayAdvice() => settings.UserName.Length == 0 ? "the server may want a user name and password, or another sender" : "the server may not take this sender from this user";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
