using System.Net.Security;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Email;

/// <summary>Sends mails over SMTP.</summary>
/// <param name="trust">For tests with certificates of their own; null: the system's trust in certificates.</param>
internal sealed class EmailNotifier(TimeProvider time, RemoteCertificateValidationCallback? trust = null) : INotifier
{
    private readonly PartialDeliveries _partial = new();

    public ChannelType Type => ChannelType.Email;

    public IReadOnlyList<FieldProblem> Check(Channel channel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        _ = EmailSettings.Read(channel, problems);
        return problems;
    }

    public async Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        List<FieldProblem> problems = SettingsCheck.Schema(channel);
        EmailSettings settings = EmailSettings.Read(channel, problems);
        if (SettingsCheck.Refusal(problems) is { } refusal)
        {
            return refusal;
        }
        Notification filled = TestAlert.Fill(notification);
        return await new Attempt(time).RunAsync(ChannelSecrets.Of(channel), limited => SendAsync(settings, filled, limited), cancel);
    }

    private async Task<SendOutcome> SendAsync(EmailSettings settings, Notification notification, CancellationToken cancel)
    {
        EmailAddress from = settings.From!;
        IReadOnlyList<EmailAddress> to = _partial.Remaining(notification.Id, settings.To);
        if (to.Count == 0)
        {
            // Everybody had it, and somebody has it sent again.
            to = settings.To;
        }
        byte[] mail = MimeMessage.Build(notification, from, settings.To, time.GetUtcNow());
        SmtpDelivery delivery = await new SmtpDialogue(settings, time, trust).SendAsync(from, to, mail, cancel);
        string reference = notification.Reference ?? MimeMessage.IdOf(notification, from);
        if (delivery.Final is null && delivery.Deferred.Count == 0 && to.Count < settings.To.Count)
        {
            // The others got it at an earlier attempt; these never will.
            return SendOutcome.Delivered(TextOf("refused for", delivery.Refused), reference);
        }
        return OutcomeOf(delivery, notification.Id, reference);
    }

    private SendOutcome OutcomeOf(SmtpDelivery delivery, Guid mail, string reference)
    {
        string deferred = TextOf("not yet for", delivery.Deferred), refused = TextOf("refused for", delivery.Refused);
        if (delivery.Final is not { } final)
        {
            return delivery.Deferred.Count > 0 ? SendOutcome.Retry(Join(deferred, refused)) : SendOutcome.Rejected(refused);
        }
        if (delivery.Deferred.Count == 0)
        {
            return SendOutcome.Delivered(Join(final.Text, refused), reference);
        }
        _partial.Add(mail, delivery.Accepted);
        return SendOutcome.Retry(Join($"{final.Text} for {string.Join(", ", delivery.Accepted.Select(a => a.Mailbox))}", deferred, refused));
    }

    private static string TextOf(string what, IReadOnlyList<(EmailAddress Address, SmtpReply Reply)> failures) =>
        failures.Count == 0 ? "" : $"{what} {string.Join(", ", failures.Select(f => $"{f.Address.Mailbox}: {f.Reply.Text}"))}";

    private static string Join(params string[] parts) => string.Join("; ", parts.Where(p => p.Length > 0));
}
