using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Email;

/// <summary>An email channel's settings.</summary>
/// <param name="UserName">Empty: no authentication.</param>
/// <param name="From">Null when it can't be used.</param>
internal sealed record EmailSettings(string Host, int Port, SmtpSecurity Security, string UserName, string Password, EmailAddress? From, IReadOnlyList<EmailAddress> To)
{
    /// <summary>More people than this want a mailing list.</summary>
    private const int MaxRecipients = 50;

    public string Server => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <param name="problems">What is wrong is added.</param>
    public static EmailSettings Read(Channel channel, List<FieldProblem> problems)
    {
        string host = ChannelSchema.Get(channel, "smtp_host");
        if (host.Length > 0 && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            problems.Add(new FieldProblem("smtp_host", "must be a host's name or address, like smtp.example.com, without port"));
        }
        string portText = ChannelSchema.Get(channel, "smtp_port");
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
        {
            problems.Add(new FieldProblem("smtp_port", "must be a number from 1 to 65535"));
        }
        string securityText = ChannelSchema.Get(channel, "security");
        if (!Enum.TryParse(securityText, ignoreCase: true, out SmtpSecurity security) || !securityText.All(char.IsAsciiLetter))
        {
            problems.Add(new FieldProblem("security", "must be starttls, tls or none"));
        }
        if (port == 465 && security == SmtpSecurity.StartTls)
        {
            problems.Add(new FieldProblem("security", "port 465 most likely wants tls", Warning: true));
        }
        (string user, string password) = ReadCredentials(channel, security, problems);
        EmailAddress? from = null;
        if (ChannelSchema.Get(channel, "from") is { Length: > 0 } fromText && !EmailAddress.TryParse(fromText, out from))
        {
            problems.Add(new FieldProblem("from", "must be an address like alerts@example.com"));
        }
        return new EmailSettings(host, port, security, user, password, from, ReadRecipients(channel, problems));
    }

    private static (string User, string Password) ReadCredentials(Channel channel, SmtpSecurity security, List<FieldProblem> problems)
    {
        string user = ChannelSchema.Get(channel, "username");
        string password = ChannelSchema.Get(channel, "password");
        if (user.Length > 0 && password.Length == 0)
        {
            problems.Add(new FieldProblem("password", "must be set when there is a user name"));
        }
        if (user.Length == 0 && password.Length > 0)
        {
            problems.Add(new FieldProblem("username", "must be set when there is a password"));
        }
        if (user.Contains('\0') || password.Contains('\0'))
        {
            problems.Add(new FieldProblem("username", "must not hold NUL characters, nor may the password"));
        }
        if (user.Length > 0 && security == SmtpSecurity.None)
        {
            problems.Add(new FieldProblem("security", "the password is sent unencrypted; everybody on the way can read it", Warning: true));
        }
        return (user, password);
    }

    private static EmailAddress[] ReadRecipients(Channel channel, List<FieldProblem> problems)
    {
        string[] texts = [.. Split(ChannelSchema.Get(channel, "to"))];
        var to = new List<EmailAddress>();
        foreach (string text in texts)
        {
            if (EmailAddress.TryParse(text, out EmailAddress? address))
            {
                to.Add(address);
            }
            else
            {
                problems.Add(new FieldProblem("to", $"'{text}' is no address; write them like a@example.com, b@example.com"));
            }
        }
        if (texts.Length > MaxRecipients)
        {
            problems.Add(new FieldProblem("to", string.Create(CultureInfo.InvariantCulture, $"at most {MaxRecipients} addresses; use a mailing list")));
        }
        return [.. to.DistinctBy(a => a.Mailbox, StringComparer.OrdinalIgnoreCase)];
    }

    // A comma in a quoted name separates nothing.
    private static IEnumerable<string> Split(string text)
    {
        int from = 0;
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (!quoted && text[i] is ',' or ';'))
            {
                if (text[from..i].Trim() is { Length: > 0 } part)
                {
                    yield return part;
                }
                from = i + 1;
            }
            else if (text[i] == '"' && (i == 0 || text[i - 1] != '\\'))
            {
                quoted = !quoted;
            }
        }
    }
}
