using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Mail;

namespace MetricsGrains.Notifications.Email;

/// <summary>A mailbox with, maybe, a person's name.</summary>
/// <param name="Local">What stands before the @.</param>
/// <param name="Domain">ASCII: names with other letters in their IDNA form.</param>
/// <param name="Name">May be empty.</param>
internal sealed record EmailAddress(string Local, string Domain, string Name)
{
    /// <summary>Only a server with SMTPUTF8 takes such an address.</summary>
    public bool NeedsUtf8 => !Local.All(char.IsAscii);

    public string Mailbox => $"{Local}@{Domain}";

    public static bool TryParse(string text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        // A line break would begin a header or command of the writer's choice.
        if (text.Any(char.IsControl) || !MailAddress.TryCreate(text, out MailAddress? parsed) || parsed.User.Any(c => c is '<' or '>' or ' '))
        {
            return false;
        }
        // "a b@example.com" is a slip, not somebody called a.
        if (parsed.DisplayName.Length > 0 && !text.Contains('<'))
        {
            return false;
        }
        try
        {
            string domain = parsed.Host.StartsWith('[') ? parsed.Host : new IdnMapping().GetAscii(parsed.Host);
            address = new EmailAddress(parsed.User, domain, parsed.DisplayName);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
