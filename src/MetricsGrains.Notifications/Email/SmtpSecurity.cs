namespace MetricsGrains.Notifications.Email;

/// <summary>How the way to the SMTP server is protected.</summary>
internal enum SmtpSecurity : byte
{
    /// <summary>Asked for after the greeting (RFC 3207); nothing is sent if the server does not offer it.</summary>
    StartTls = 1,

    /// <summary>From the first byte (RFC 8314).</summary>
    Tls = 2,

    None = 3,
}
