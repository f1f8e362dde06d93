namespace MetricsGrains.Notifications.Email;

/// <summary>What became of a mail at its server.</summary>
/// <param name="Accepted">Who gets it.</param>
/// <param name="Deferred">Who does not get it now, and why.</param>
/// <param name="Refused">Who never gets it, and why.</param>
/// <param name="Final">The reply to the message itself; null when nobody was to get it.</param>
internal sealed record SmtpDelivery(
    IReadOnlyList<EmailAddress> Accepted, IReadOnlyList<(EmailAddress Address, SmtpReply Reply)> Deferred, IReadOnlyList<(EmailAddress Address, SmtpReply Reply)> Refused, SmtpReply? Final);
